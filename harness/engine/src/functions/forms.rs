//! Descriptions of the forms that the compiler of expressions makes code of: their arguments are not plain values.

use super::Spec;
use super::plain::spec;

const CONDITIONAL: &str = "Comparison and conditional";
const MULTIVALUE: &str = "Multivalue";

/// The forms, ascending by name.
pub const FORMS: &[&Spec] = &[
    spec!(CONDITIONAL, "case", 2.., "case(<condition>, <value>, ...)", "The value of the first condition that is true; null when none is.",
        [r#"case(1==2, "a", 1==1, "b")"# => "b", r#"case(1==2, "a")"# => ""]),
    spec!(CONDITIONAL, "coalesce", 1.., "coalesce(<values>)", "The first value that is not null.",
        [r#"coalesce(missing, "", "x")"# => "", "coalesce(missing, 2)" => "2"]),
    spec!(CONDITIONAL, "if", 3..=3, "if(<predicate>, <true_value>, <false_value>)", "The second argument when the first is true, else the third.",
        [r#"if(1==1, "yes", "no")"# => "yes", r#"if(missing==1, "yes", "no")"# => "no"]),
    spec!(CONDITIONAL, "in", 2.., "in(<value>, <list>)", "True when the value equals one of the list; there are no wildcards.",
        [r#"if(in("b", "a", "b"), "yes", "no")"# => "yes", r#"if(in("b", "*"), "yes", "no")"# => "no"]),
    spec!(
        MULTIVALUE,
        "mvfilter",
        1..=1,
        "mvfilter(<predicate>)",
        "The values of a field for which the predicate is true.",
        ["mvfilter(ports>100)" => "443\n8080"]
    ),
    spec!(
        MULTIVALUE,
        "mvmap",
        2..=2,
        "mvmap(<mv>, <expression>)",
        "The results of the expression for each value of a field; nulls are left out.",
        ["mvmap(ports, ports*2)" => "44\n886\n16160"]
    ),
    spec!(CONDITIONAL, "searchmatch", 1..=1, "searchmatch(<search_str>)", "Whether the row matches a search expression, which stands in quotes.",
        [r#"if(searchmatch("missing=*"), "yes", "no")"# => "no", r#"if(searchmatch("NOT missing=a*"), "yes", "no")"# => "yes"]),
    spec!(CONDITIONAL, "validate", 2.., "validate(<condition>, <value>, ...)", "The value of the first condition that is false; null when all are true.",
        [r#"validate(1==1, "a", 1==2, "b")"# => "b"]),
];
