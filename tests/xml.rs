//! Just enough XML to tell whether a report is well formed, written here so that no writer checks itself.

/// Whether the text is one well-formed element, and the names of all elements in it.
pub(crate) fn elements(text: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = text
        .trim()
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split_once("?>"))
        .map_or(text, |(_, rest)| rest)
        .trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("<![CDATA[") {
            rest = after.split_once("]]>").ok_or("CDATA without an end")?.1;
        } else if let Some(after) = rest.strip_prefix("</") {
            let (name, after) = after.split_once('>').ok_or("an end tag without an end")?;
            if open.pop().as_deref() != Some(name.trim()) {
                return Err(format!("</{name}> closes what is not open"));
            }
            rest = after;
        } else if let Some(after) = rest.strip_prefix('<') {
            if open.is_empty() && !names.is_empty() {
                return Err("a second root".to_owned());
            }
            let end = end_of_tag(after)?;
            let (tag, alone) = after[..end]
                .strip_suffix('/')
                .map_or((&after[..end], false), |tag| (tag, true));
            let name = tag
                .split_whitespace()
                .next()
                .ok_or("a tag without a name")?
                .to_owned();
            text_is_escaped(tag)?;
            names.push(name.clone());
            if !alone {
                open.push(name);
            }
            rest = &after[end + 1..];
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            text_is_escaped(&rest[..end])?;
            if open.is_empty() && !rest[..end].trim().is_empty() {
                return Err("text outside the root".to_owned());
            }
            rest = &rest[end..];
        }
    }
    if open.is_empty() {
        Ok(names)
    } else {
        Err(format!("not closed: {open:?}"))
    }
}

/// The `>` that ends a tag: not one in an attribute's value.
fn end_of_tag(text: &str) -> Result<usize, String> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '>') => return Ok(at),
            (_, '<') => return Err("a `<` within a tag".to_owned()),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    Err("a tag without an end".to_owned())
}

/// Entities are the five that XML knows or numbers; characters are those that XML 1.0 allows.
fn text_is_escaped(text: &str) -> Result<(), String> {
    if let Some(bad) = text
        .chars()
        .find(|character| character.is_control() && !matches!(character, '\n' | '\t' | '\r'))
    {
        return Err(format!("{bad:?} in the text"));
    }
    for piece in text.split('&').skip(1) {
        let name = piece.split_once(';').map_or("", |(name, _)| name);
        if !matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") && !name.starts_with('#') {
            return Err(format!("a bare & before {piece:?}"));
        }
    }
    Ok(())
}

#[test]
fn the_check_itself_tells_good_from_bad() {
    assert_eq!(
        elements("<?xml version=\"1.0\"?><a b='>'><c/>&lt;<![CDATA[&<]]></a>").unwrap(),
        ["a", "c"]
    );
    for bad in [
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a>&</a>",
        "<a>\u{1b}</a>",
        "<a b=\"<\"/>",
        "x<a/>",
        "<a/>x",
    ] {
        assert!(elements(bad).is_err(), "{bad:?}");
    }
}
