//! The table of a lookup is there and well-formed.

use std::path::Path;

use dryfire_diagnostic::{Severity, codes::content};

use super::profile::SINCE_5;
use super::{Findings, Rule, Whole};
use crate::objects::LookupTable;

pub(super) const RULE: Rule = Rule::new(&content::LOOKUP_TABLE, "lookup-table", Severity::Warning)
    .whole(check)
    .refused_by(SINCE_5);

fn check(whole: &Whole<'_>, out: &mut Findings<'_>) {
    for lookup in &whole.repository.lookups {
        let wrong = match &lookup.table {
            LookupTable::Csv(path) => csv(path),
            LookupTable::KvStore { fields, .. } => key(fields),
            LookupTable::Model(path) => model(path),
        };
        if let Some(wrong) = wrong {
            out.push(RULE.finding(wrong).at(lookup.name.span, "of this lookup"));
        }
    }
}

fn csv(path: &Path) -> Option<String> {
    let Ok(bytes) = std::fs::read(path) else {
        return Some(format!("the table `{}` is not there", path.display()));
    };
    let text = String::from_utf8_lossy(&bytes);
    let (columns, row, found) = ragged(&text)?;
    Some(format!(
        "row {row} of `{}` has {found} columns, its header has {columns}",
        path.display()
    ))
}

/// The number of columns, and the first row that has another number: its place, the header being 1, and its columns.
fn ragged(text: &str) -> Option<(usize, usize, usize)> {
    let (mut columns, mut cells, mut row) = (None, 1_usize, 0_usize);
    let (mut quoted, mut empty) = (false, true);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells += 1,
            '\n' if !quoted => {}
            '\r' if !quoted => continue,
            _ => {}
        }
        if letter != '\n' || quoted {
            empty = false;
        }
        let ends = (letter == '\n' && !quoted) || letters.peek().is_none();
        if !ends {
            continue;
        }
        // An empty line is no row.
        if !empty {
            row += 1;
            match columns {
                None => columns = Some(cells),
                Some(wanted) if wanted != cells => return Some((wanted, row, cells)),
                Some(_) => {}
            }
        }
        (cells, empty) = (1, true);
    }
    None
}

fn key(fields: &[String]) -> Option<String> {
    match fields.first().map(String::as_str) {
        Some("_key") => None,
        Some(first) => Some(format!(
            "the first field of the collection is `{first}`, not `_key`"
        )),
        None => Some("the collection has no fields".to_owned()),
    }
}

fn model(path: &Path) -> Option<String> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy())?;
    if !stem.starts_with("__mlspl_") {
        return Some(format!(
            "the model's file is named `{stem}`, not `__mlspl_…`"
        ));
    }
    (!path.exists()).then(|| format!("the model `{}` is not there", path.display()))
}

#[cfg(test)]
mod tests {
    use super::ragged;

    #[test]
    fn rows_have_as_many_cells_as_the_header() {
        for (text, expected) in [
            ("a,b\n1,2\n", None),
            ("a,b\r\n\"1,\n\",2\r\n\r\n3,4", None),
            ("a,b\n1,\"\"\"x,\"\n", None),
            ("a,b\n1\n", Some((2, 2, 1))),
            ("a\n1\n2,3", Some((1, 3, 2))),
            ("", None),
        ] {
            assert_eq!(ragged(text), expected, "{text:?}");
        }
    }
}
