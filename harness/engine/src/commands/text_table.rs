//! Tables in the text of an event, such as the output of `ps`: a line of names, then a line for each row.

/// How the lines of an event are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Which line has the names, from 1, empty lines not counted.
    pub(super) header: Option<usize>,
    /// No line has names: the columns are `Column_1`, `Column_2`, …
    pub(super) nameless: bool,
    /// Another table may follow an empty line.
    pub(super) several: bool,
}

/// A row of a table.
#[derive(Debug, PartialEq)]
pub(super) struct Row<'t> {
    /// The line.
    pub(super) line: &'t str,
    /// Names and values in the order of the columns.
    pub(super) cells: Vec<(String, &'t str)>,
}

/// The rows of an event, and whether the manual leaves open how some of them are read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Rows<'t> {
    pub(super) rows: Vec<Row<'t>>,
    pub(super) is_guess: bool,
}

/// What separates the cells of a table; its first line tells.
#[derive(Debug, Clone, Copy)]
enum Separator {
    Letter(char),
    Blanks,
}

/// A cell with the place where it starts in its line.
type Cell<'t> = (usize, &'t str);

impl Separator {
    fn of(header: &str) -> Self {
        [',', '\t']
            .into_iter()
            .find(|letter| header.trim().contains(*letter))
            .map_or(Separator::Blanks, Separator::Letter)
    }

    fn cells(self, line: &str) -> Vec<Cell<'_>> {
        let mut cells = Vec::new();
        let mut start = 0;
        let is_end = |letter: char| match self {
            Separator::Letter(separator) => letter == separator,
            Separator::Blanks => letter.is_whitespace(),
        };
        for piece in line.split(is_end) {
            let next = start + piece.len() + 1;
            match self {
                Separator::Letter(_) => cells.push((start, piece.trim())),
                Separator::Blanks if !piece.is_empty() => cells.push((start, piece)),
                Separator::Blanks => {}
            }
            // A blank may be longer than a byte: places only tell columns apart.
            start = next;
        }
        cells
    }
}

struct Table<'t> {
    separator: Separator,
    columns: Vec<Cell<'t>>,
    /// `Column_1`, … in place of the columns' texts.
    nameless: bool,
}

impl<'t> Table<'t> {
    fn new(header: &'t str, nameless: bool) -> Self {
        let separator = Separator::of(header);
        Self {
            separator,
            columns: separator.cells(header),
            nameless,
        }
    }

    fn name(&self, place: usize) -> String {
        if self.nameless {
            format!("Column_{}", place + 1)
        } else {
            self.columns
                .get(place)
                .map_or("", |(_, name)| name)
                .to_owned()
        }
    }

    /// A line with as many cells as columns is read in order, any other by where the columns start.
    fn row(&self, line: &'t str, is_guess: &mut bool) -> Row<'t> {
        let cells = self.separator.cells(line);
        let aligned = cells.len() == self.columns.len();
        *is_guess |= !aligned && matches!(self.separator, Separator::Blanks);
        let mut row: Vec<(String, &'t str)> = Vec::new();
        let mut last = None;
        for (index, (start, text)) in cells.into_iter().enumerate() {
            let place = match self.separator {
                _ if aligned => index,
                Separator::Letter(_) => index,
                Separator::Blanks => {
                    let end = start + text.len();
                    let begun = self.columns.iter().take_while(|(column, _)| *column < end);
                    begun.count().saturating_sub(1)
                }
            };
            if place >= self.columns.len() {
                break;
            }
            match row.last_mut() {
                // Words of one cell: the piece of the line that holds them all.
                Some((_, cell)) if last == Some(place) => {
                    let from = cell.as_ptr() as usize - line.as_ptr() as usize;
                    *cell = line.get(from..).map_or(*cell, str::trim_end);
                }
                _ => row.push((self.name(place), text)),
            }
            last = Some(place);
        }
        Row { line, cells: row }
    }
}

/// A line of names has words that begin with a capital, and nothing else.
fn looks_like_names(line: &str) -> bool {
    let mut cells = Separator::of(line).cells(line).into_iter().peekable();
    cells.peek().is_some()
        && cells.all(|(_, cell)| {
            let letters = cell.trim_start_matches(|c: char| !c.is_alphanumeric());
            letters.starts_with(char::is_uppercase)
        })
}

/// Reads the tables of an event.
pub(super) fn rows(text: &str, layout: Layout) -> Rows<'_> {
    let mut found = Rows::default();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut filled = lines.iter().filter(|line| !line.is_empty());
    let (first, mut table) = if layout.nameless {
        let Some(first) = filled.next() else {
            return found;
        };
        (*first, Table::new(first, true))
    } else {
        let header = match layout.header {
            Some(number) => filled.nth(number.saturating_sub(1)),
            None => {
                let first = filled.next();
                let named = lines.iter().find(|line| looks_like_names(line));
                // Splunk prefers lines in capitals; which other line it takes is not said.
                found.is_guess |= named != first;
                named.or(first)
            }
        };
        let Some(header) = header else {
            return found;
        };
        (*header, Table::new(header, false))
    };
    let mut after_gap = false;
    let start = lines
        .iter()
        .position(|line| std::ptr::eq(*line, first))
        .unwrap_or(0);
    for line in lines.iter().skip(start + usize::from(!layout.nameless)) {
        if line.is_empty() {
            after_gap = true;
            continue;
        }
        if after_gap && layout.header.is_none() && !layout.nameless {
            // Where a table ends, and what follows it, is found by rules that are not published.
            found.is_guess = true;
            if layout.several && looks_like_names(line) {
                table = Table::new(line, false);
                after_gap = false;
                continue;
            }
        }
        after_gap = false;
        let mut is_guess = false;
        let row = table.row(line, &mut is_guess);
        found.is_guess |= is_guess;
        found.rows.push(row);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTO: Layout = Layout {
        header: None,
        nameless: false,
        several: true,
    };

    #[track_caller]
    fn check(text: &str, layout: Layout, expected: &[&str], is_guess: bool) {
        let found = rows(text, layout);
        let lines: Vec<String> = found
            .rows
            .iter()
            .map(|row| {
                let cells = row
                    .cells
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"));
                cells.collect::<Vec<_>>().join("|")
            })
            .collect();
        assert_eq!(lines, expected, "{text}");
        assert_eq!(found.is_guess, is_guess, "{text}");
    }

    #[test]
    fn the_first_line_names_the_columns() {
        check(
            "Name  Age\n\nTom   12\nAnn   9\n",
            Layout {
                header: Some(1),
                ..AUTO
            },
            &["Name=Tom|Age=12", "Name=Ann|Age=9"],
            false,
        );
        check(
            "Name,Age\nTom Lee, 12\n,9",
            AUTO,
            &["Name=Tom Lee|Age=12", "Name=|Age=9"],
            false,
        );
        check("a b\n1 2", AUTO, &["a=1|b=2"], true);
        check(
            "title\nA B\n1 2",
            Layout {
                header: Some(2),
                ..AUTO
            },
            &["A=1|B=2"],
            false,
        );
        check(
            "up 3 days\nPID CMD\n1 init",
            AUTO,
            &["PID=1|CMD=init"],
            true,
        );
    }

    #[test]
    fn without_names_columns_are_numbered() {
        let layout = Layout {
            nameless: true,
            ..AUTO
        };
        check(
            "1 a\n2 b",
            layout,
            &["Column_1=1|Column_2=a", "Column_1=2|Column_2=b"],
            false,
        );
        check("", layout, &[], false);
    }

    #[test]
    fn other_lines_are_read_by_their_places() {
        check(
            "PID USER CMD\n7   root /bin/sh -c x",
            AUTO,
            &["PID=7|USER=root|CMD=/bin/sh -c x"],
            true,
        );
        check("PID USER CMD\n7        sh", AUTO, &["PID=7|CMD=sh"], true);
    }

    #[test]
    fn another_table_can_follow() {
        check("A B\n1 2\n\nC\n3", AUTO, &["A=1|B=2", "C=3"], true);
        let one = Layout {
            several: false,
            ..AUTO
        };
        check(
            "A B\n1 2\n\nC D\n3 4",
            one,
            &["A=1|B=2", "A=C|B=D", "A=3|B=4"],
            true,
        );
    }
}
