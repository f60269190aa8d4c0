//! A lookup's rows, kept as one text with offsets: the largest table has some 90,000 rows.

use crate::hash::{ContentHash, Hasher};

/// The rows of a CSV lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupTable {
    columns: Vec<String>,
    /// All cells, row by row, one after the other.
    text: Box<str>,
    /// Where each cell ends in `text`.
    ends: Box<[u32]>,
    /// Lines whose number of cells was not that of the header.
    ragged: Vec<u64>,
    hash: ContentHash,
}

impl LookupTable {
    /// A table of these rows. Missing cells are empty, surplus ones are dropped.
    pub fn new<R, C>(columns: Vec<String>, rows: impl IntoIterator<Item = R>) -> Self
    where
        R: IntoIterator<Item = C>,
        C: AsRef<str>,
    {
        let mut builder = Builder::new(columns);
        for (row, cells) in (1..).zip(rows) {
            builder.row(row, cells);
        }
        builder.finish()
    }

    /// Reads a CSV file. It always gives a table: bad rows are made to fit and remembered in [`LookupTable::ragged`].
    pub fn from_csv(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut record = csv::StringRecord::new();
        let mut builder = None;
        // A record can't fail: the text is UTF-8 in memory and rows may have any length. If it does, the file ends there.
        while reader.read_record(&mut record).unwrap_or(false) {
            let line = record.position().map_or(0, csv::Position::line);
            match &mut builder {
                None => {
                    builder = Some(Builder::new(
                        record.iter().map(|name| name.trim().to_owned()).collect(),
                    ))
                }
                Some(builder) => builder.row(line, record.iter()),
            }
        }
        builder.unwrap_or_else(|| Builder::new(Vec::new())).finish()
    }

    /// The column names.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.ends.len().checked_div(self.columns.len()).unwrap_or(0)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A cell; empty where there is none.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        if column >= self.columns.len() {
            return "";
        }
        let index = row
            .saturating_mul(self.columns.len())
            .saturating_add(column);
        let Some(end) = self.ends.get(index) else {
            return "";
        };
        let start = index
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or(0);
        self.text.get(start as usize..*end as usize).unwrap_or("")
    }

    /// The cells of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = &str> {
        (0..self.columns.len()).map(move |column| self.cell(row, column))
    }

    /// The lines whose number of cells was not that of the header.
    pub fn ragged(&self) -> &[u64] {
        &self.ragged
    }

    /// Hash of columns and cells.
    pub fn hash(&self) -> ContentHash {
        self.hash
    }
}

struct Builder {
    columns: Vec<String>,
    text: String,
    ends: Vec<u32>,
    ragged: Vec<u64>,
    hasher: Hasher,
}

impl Builder {
    fn new(columns: Vec<String>) -> Self {
        let mut hasher = Hasher::default();
        hasher.text(&columns.len().to_string());
        for column in &columns {
            hasher.text(column);
        }
        Self {
            columns,
            text: String::new(),
            ends: Vec::new(),
            ragged: Vec::new(),
            hasher,
        }
    }

    fn row<C: AsRef<str>>(&mut self, line: u64, cells: impl IntoIterator<Item = C>) {
        let mut count = 0;
        for cell in cells {
            count += 1;
            if count <= self.columns.len() {
                self.cell(cell.as_ref());
            }
        }
        if count != self.columns.len() {
            self.ragged.push(line);
        }
        for _ in count..self.columns.len() {
            self.cell("");
        }
    }

    fn cell(&mut self, cell: &str) {
        // Splunk's own files are written `a, b`: the blank is no part of the value.
        let cell = cell.trim_start_matches([' ', '\t']);
        self.hasher.text(cell);
        self.text.push_str(cell);
        self.ends
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    fn finish(self) -> LookupTable {
        let hash = self.hasher.finish();
        LookupTable {
            columns: self.columns,
            text: self.text.into(),
            ends: self.ends.into(),
            ragged: self.ragged,
            hash,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_as_found_in_the_wild() {
        let table = LookupTable::from_csv(
            "\u{feff}a, b ,\"c d\"\r\n1, two,\"x,\"\"y\"\"\nz\"\r\n\r\n3\n4,5,6,7\n",
        );
        assert_eq!(table.columns(), ["a", "b", "c d"]);
        assert_eq!(table.len(), 3);
        assert_eq!(table.row(0).collect::<Vec<_>>(), ["1", "two", "x,\"y\"\nz"]);
        assert_eq!(table.row(1).collect::<Vec<_>>(), ["3", "", ""]);
        assert_eq!(table.row(2).collect::<Vec<_>>(), ["4", "5", "6"]);
        assert_eq!(table.ragged().len(), 2);
        assert_eq!(table.column("c d"), Some(2));
        assert_eq!((table.cell(9, 0), table.cell(0, 9)), ("", ""));
    }

    #[test]
    fn empty_files_and_hashes() {
        assert!(LookupTable::from_csv("").is_empty());
        assert!(LookupTable::from_csv("a,b\n").is_empty());
        let one = LookupTable::from_csv("a,b\n1,2\n");
        assert_eq!(
            one.hash(),
            LookupTable::new(vec!["a".into(), "b".into()], [["1", "2"]]).hash()
        );
        assert_ne!(one.hash(), LookupTable::from_csv("a,b\n12,\n").hash());
    }
}
