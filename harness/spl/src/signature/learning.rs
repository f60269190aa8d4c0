//! Commands of the Machine Learning Toolkit. Their parameters depend on the algorithm, so the text is kept.

use super::{Shape, Signature};

super::family![
    Signature::new(
        "apply",
        Shape::Raw,
        "applies a model",
        "apply MODEL [AS NAME] [OPTIONS]"
    )
    .external(),
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
