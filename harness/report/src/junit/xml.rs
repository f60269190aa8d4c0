//! A writer of XML elements: indentation, attributes, escapes. It writes no mixed content but text.

use std::io::{self, Write};

/// Writes elements with their indentation.
#[derive(Debug)]
pub(super) struct Xml<'w, W: Write> {
    out: &'w mut W,
    depth: usize,
}

impl<'w, W: Write> Xml<'w, W> {
    /// A document: its declaration is written at once.
    pub(super) fn new(out: &'w mut W) -> io::Result<Self> {
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
        Ok(Self { out, depth: 0 })
    }

    /// An element that holds others, which `inner` writes.
    pub(super) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        inner: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.tag(name, attributes, ">\n")?;
        self.depth += 1;
        inner(self)?;
        self.depth -= 1;
        self.indent()?;
        writeln!(self.out, "</{name}>")
    }

    /// An element that holds nothing.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.tag(name, attributes, "/>\n")
    }

    /// An element that holds text.
    pub(super) fn text(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        text: &str,
    ) -> io::Result<()> {
        self.tag(name, attributes, ">")?;
        writeln!(self.out, "{}</{name}>", escape(text))
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) -> io::Result<()> {
        self.indent()?;
        write!(self.out, "<{name}")?;
        for (name, value) in attributes {
            write!(self.out, " {name}=\"{}\"", escape(value))?;
        }
        self.out.write_all(end.as_bytes())
    }

    fn indent(&mut self) -> io::Result<()> {
        write!(self.out, "{:width$}", "", width = 2 * self.depth)
    }
}

/// Entities for what means something to XML; what XML 1.0 has no way to write is shown as an escape.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_default()),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let mut out = Vec::new();
        let mut xml = Xml::new(&mut out).unwrap();
        xml.element("a", &[("b", "\"<x>&\u{1b}\u{ffff}")], |xml| {
            xml.empty("c", &[])?;
            xml.text("d", &[], "]]> \n\u{0} ü")
        })
        .unwrap();
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<a b=\"&quot;&lt;x&gt;&amp;\\u{1b}\\u{ffff}\">
  <c/>
  <d>]]&gt; \n\\u{0} ü</d>
</a>
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
