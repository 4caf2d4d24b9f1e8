package io.hummock.examples.job;

/**
 * What happened on one route on one day.
 *
 * @param day midnight at its beginning
 * @param route origin and destination
 * @param departed how many flights left
 * @param cancelled how many did not
 * @param delay the sum of the delays in minutes
 * @param worst the longest delay in minutes; 0 if none left late
 */
public record RouteDay(long day, String route, int departed, int cancelled, int delay, int worst) {}
