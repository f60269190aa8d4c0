//! Commands of the Machine Learning Toolkit. Their parameters depend on the algorithm, so the text is kept; those of
//! `apply` are few.

use super::OptionKind::{Bool, Int, Number, Text};
use super::{OptionSpec, Shape, Signature};

const APPLY: &[OptionSpec] = &[
    OptionSpec::new("threshold", Text, "least density of what is no outlier"),
    OptionSpec::new("lower_threshold", Number, "share of outliers below"),
    OptionSpec::new("upper_threshold", Number, "share of outliers above"),
    OptionSpec::new("show_density", Bool, "add the density"),
    OptionSpec::new("show_options", Bool, "add the options"),
    OptionSpec::new("sample", Bool, "draw a sample"),
    OptionSpec::new(
        "full_sample",
        Bool,
        "draw a sample of the whole distribution",
    ),
    OptionSpec::new("random_state", Int, "the seed of the sample"),
    OptionSpec::new("probabilities", Bool, "add the probability of each class"),
    OptionSpec::new("mode", Text, "passed on to a container"),
    OptionSpec::new("algo", Text, "passed on to a container"),
];

super::family![
    Signature::new(
        "apply",
        Shape::Field,
        "applies a model",
        "apply MODEL [AS NAME] [OPTIONS]"
    )
    .options(APPLY),
    Signature::new(
        "fit",
        Shape::Raw,
        "trains a model",
        "fit ALGORITHM [FIELDS] [from FIELDS] [by FIELDS] [into MODEL] [OPTIONS]"
    )
    .external(),
    Signature::new("summary", Shape::Raw, "shows a model", "summary MODEL").external(),
    Signature::new(
        "score",
        Shape::Raw,
        "judges a model",
        "score METHOD FIELDS [OPTIONS]"
    )
    .external(),
    Signature::new(
        "sample",
        Shape::Raw,
        "picks rows by chance",
        "sample [OPTIONS] [N]"
    )
    .external(),
];
