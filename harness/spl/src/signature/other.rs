//! Commands with effects outside the search, commands of other apps, and the rest.

use super::{Shape, Signature};

super::family![
    Signature::new(
        "cyberchef",
        Shape::Raw,
        "runs a CyberChef recipe",
        "cyberchef infield=FIELD outfield=FIELD jsonrecipe=TEXT"
    )
    .external(),
    Signature::new(
        "dnstwist",
        Shape::Raw,
        "makes look-alike domain names",
        "dnstwist domainlist=NAME"
    )
    .external(),
    Signature::new(
        "geom",
        Shape::Raw,
        "adds the shape of a region",
        "geom [FEATURES] [OPTIONS]"
    ),
    Signature::new(
        "geomfilter",
        Shape::Raw,
        "keeps the points of a box",
        "geomfilter [min_x=N] [max_x=N] [min_y=N] [max_y=N]"
    ),
    Signature::new("gauge", Shape::Raw, "makes a gauge", "gauge FIELD [RANGES]"),
    Signature::new(
        "redistribute",
        Shape::Raw,
        "spreads the work",
        "redistribute [num_of_reducers=N] [by FIELDS]"
    ),
    Signature::new(
        "require",
        Shape::None,
        "fails when there are no rows",
        "require"
    ),
    Signature::new("run", Shape::Raw, "runs a script", "run SCRIPT [ARGUMENTS]"),
    Signature::new(
        "script",
        Shape::Raw,
        "runs a script",
        "script SCRIPT [ARGUMENTS]"
    ),
    Signature::new(
        "sendalert",
        Shape::Raw,
        "runs an alert action",
        "sendalert ACTION [param.NAME=VALUE]…"
    ),
    Signature::new(
        "sendemail",
        Shape::Raw,
        "sends the rows by e-mail",
        "sendemail to=ADDRESSES [OPTIONS]"
    ),
];
