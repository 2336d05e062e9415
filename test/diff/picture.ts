/**
 * A page of `overstack diff` as a picture that Markdown shows: an SVG that holds the page's own HTML and style, so that it is text, and
 * changes when the page does. Without what needs scripts.
 */
export function pictureOf(html: string, width: number, height: number): string {
  const part = (pattern: RegExp): string => pattern.exec(html)?.[1] ?? "";
  const style = part(/<style>([\s\S]*?)<\/style>/);
  const heading = part(/(<h1>[\s\S]*?<\/h1>\n<p>[\s\S]*?<\/p>)/);
  const main = part(/(<main[\s\S]*<\/main>)/);
  // What HTML may leave out, XML wants.
  const strict = `<header>${heading}</header>\n${main}`
    .replaceAll("<br>", "<br/>")
    .replaceAll(/ open>/g, ' open="open">');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>The page that overstack diff writes</title>
<style><![CDATA[${style}]]></style>
<foreignObject width="${width}" height="${height}">
<body xmlns="http://www.w3.org/1999/xhtml">
${strict}
</body>
</foreignObject>
</svg>
`;
}
