//! The registry of diagnostic codes, one module a range.

pub mod configuration;
pub mod content;
pub mod dataset;
pub mod meaning;
pub mod run;
pub mod syntax;

use crate::Code;

/// Every registered code, ascending.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [
        content::ALL,
        syntax::ALL,
        meaning::ALL,
        dataset::ALL,
        configuration::ALL,
        run::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Declares the codes of one range and lists them in `ALL`.
macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal, $page:literal;)*) => {
        $(#[doc = concat!("`", $id, "`: ", $title, ".")]
        pub static $name: $crate::Code = $crate::Code { id: $id, title: $title, page: $page };)*
        /// The codes of this range, ascending.
        pub(crate) const ALL: &[&$crate::Code] = &[$(&$name),*];
    };
}
pub(crate) use codes;

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_unique_and_ascending() {
        let ids: Vec<_> = super::all().map(|code| code.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }
}
