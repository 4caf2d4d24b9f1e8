package io.hummock.examples.benchmark.report;

import java.util.List;
import java.util.Locale;

/**
 * A picture on a ground of its own, so that it can be read on a light and on a dark page; it turns
 * dark itself where the reader's system asks for that.
 */
final class Svg {
  private static final List<String> LIGHT =
      List.of("#1f6feb", "#2da44e", "#bf8700", "#8250df", "#cf222e", "#57606a");
  private static final List<String> DARK =
      List.of("#58a6ff", "#3fb950", "#d29922", "#bc8cff", "#ff7b72", "#8b949e");

  private final StringBuilder body = new StringBuilder(8192);
  private final int width;
  private final int height;

  Svg(int width, int height) {
    this.width = width;
    this.height = height;
  }

  /** How many colours there are; colour 0 is for the subject. */
  static int colours() {
    return LIGHT.size();
  }

  void text(double x, double y, String anchor, String style, String text) {
    add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>",
        x, y, anchor, style, escape(text));
  }

  void line(double x1, double y1, double x2, double y2, String style) {
    add(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>",
        x1, y1, x2, y2, style);
  }

  void bar(double x1, double x2, double y, double thickness, int colour, String title) {
    add(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\""
            + " class=\"c%d\"><title>%s</title></rect>",
        Math.min(x1, x2),
        y - thickness / 2,
        Math.max(1, Math.abs(x2 - x1)),
        thickness,
        colour,
        escape(title));
  }

  /** A mark whose shape, too, depends on its colour. */
  void mark(double x, double y, int colour, String title) {
    String shape =
        switch (colour % 4) {
          case 1 -> "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"".formatted(x, y);
          case 2 ->
              "<rect x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\"".formatted(x - 3.5, y - 3.5);
          case 3 -> "<path d=\"M%.1f %.1fl5 5l-5 5l-5 -5z\"".formatted(x, y - 5);
          default -> "<path d=\"M%.1f %.1fl5 9l-10 0z\"".formatted(x, y - 5);
        };
    body.append(shape)
        .append(" class=\"c")
        .append(colour)
        .append(" mark\"><title>")
        .append(escape(title))
        .append("</title></")
        .append(shape, 1, shape.indexOf(' '))
        .append(">\n");
  }

  /** A curve through points, as {@code x,y x,y …}. */
  void curve(String points, int colour) {
    add("<polyline points=\"%s\" class=\"l%d\"/>", points, colour);
  }

  private void add(String format, Object... parts) {
    body.append(String.format(Locale.ROOT, format, parts)).append('\n');
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(body.length() + 2048);
    text.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " viewBox=\"0 0 %d %d\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\""
                + " font-size=\"12\">\n<style>\n",
            width,
            height,
            width,
            height));
    style(text, "#ffffff", "#d0d7de", "#1f2328", "#59636e", "#e4e8ec", LIGHT);
    text.append(".title{font-size:15px;font-weight:600}.number{font-size:11px}\n")
        .append(".mark{stroke-width:1}\n@media (prefers-color-scheme: dark) {\n");
    style(text, "#161b22", "#30363d", "#e6edf3", "#9198a1", "#2a3037", DARK);
    text.append("}\n</style>\n")
        .append(
            String.format(
                Locale.ROOT,
                "<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\""
                    + " class=\"ground\"/>\n",
                width - 1,
                height - 1))
        .append(body)
        .append("</svg>\n");
    return text.toString();
  }

  private static void style(
      StringBuilder text,
      String ground,
      String border,
      String ink,
      String faint,
      String grid,
      List<String> colours) {
    text.append(".ground{fill:").append(ground).append(";stroke:").append(border).append("}\n");
    text.append("text{fill:").append(ink).append("}.faint{fill:").append(faint).append("}\n");
    text.append(".grid{stroke:").append(grid).append("}.axis{stroke:").append(faint);
    text.append(";stroke-width:1.5}.limit{stroke:").append(colours.get(4));
    text.append(";stroke-width:1.5;stroke-dasharray:6 4}\n.mark{stroke:")
        .append(ground)
        .append("}\n");
    for (int i = 0; i < colours.size(); i++) {
      text.append(
          String.format(
              Locale.ROOT,
              ".c%d{fill:%s}.l%d{fill:none;stroke:%s;stroke-width:1.5}\n",
              i,
              colours.get(i),
              i,
              colours.get(i)));
    }
  }
}
