//! Informational functions, and the constants `true()`, `false()`, `null()`.

use dryfire_plan::Transfer::Unknown;

use super::plain::{is_number, plain_functions};
use crate::env::Cx;
use crate::value::Value;

plain_functions! { "Informational":
    Unknown, |_, _| Value::Bool(false),
    ("false", 0..=0, "false()", "False.", [r#"if(false(), "yes", "no")"# => "no"]);

    Unknown, |a, _| json(a, |json| json.is_array()),
    ("isarray", 1..=1, "isarray(<value>)", "True for the text of a JSON array.",
     "JSON has no type of its own here: every text that is a JSON array counts as one",
     [r#"if(isarray("[1,2]"), "yes", "no")"# => "yes"]);

    Unknown, |a, _| is(a, |value| matches!(value, Value::Bool(_))),
    ("isbool", 1..=1, "isbool(<value>)", "True for the result of a condition.",
     [r#"if(isbool(1==2), "yes", "no")"# => "yes", r#"if(isbool("true"), "yes", "no")"# => "no"]);

    Unknown, |a, cx| is(a, |value| kind_of_number(value, cx).is_some_and(|number| number.fract() != 0.0)),
    ("isdouble", 1..=1, "isdouble(<value>)", "True for a number with a fraction.",
     "a number counts as an integer when its fraction is 0, however it was made",
     [r#"if(isdouble(1.5), "yes", "no")"# => "yes", r#"if(isdouble(1), "yes", "no")"# => "no"]);

    Unknown, |a, cx| is(a, |value| kind_of_number(value, cx).is_some_and(|number| number.fract() == 0.0)),
    ("isint", 1..=1, "isint(<value>)", "True for a whole number.",
     [r#"if(isint(12), "yes", "no")"# => "yes", r#"if(isint(1.5), "yes", "no")"# => "no"]);

    Unknown, |a, _| is(a, |value| matches!(value, Value::Multi(_))),
    ("ismv", 1..=1, "ismv(<value>)", "True for several values.", [r#"if(ismv(split("a,b", ",")), "yes", "no")"# => "yes"]);

    Unknown, |a, _| is(a, |value| !value.is_null()),
    ("isnotnull", 1..=1, "isnotnull(<value>)", "True when there is a value.", [r#"if(isnotnull(missing), "yes", "no")"# => "no"]);

    Unknown, |a, _| is(a, Value::is_null),
    ("isnull", 1..=1, "isnull(<value>)", "True when there is no value. An empty text is one.",
     [r#"if(isnull(missing), "yes", "no")"# => "yes", r#"if(isnull(""), "yes", "no")"# => "no"]);

    Unknown, |a, _| is(a, is_number),
    ("isnum", 1..=1, "isnum(<value>)", "True for a number, and for text that reads as one.",
     "a quoted number counts as a number, like a field that holds one; Splunk may tell the literal apart",
     [r#"if(isnum(1.5), "yes", "no")"# => "yes", r#"if(isnum("x"), "yes", "no")"# => "no"]);

    Unknown, |a, _| json(a, |json| json.is_object()),
    ("isobject", 1..=1, "isobject(<value>)", "True for the text of a JSON object.",
     "JSON has no type of its own here: every text that is a JSON object counts as one",
     [r#"if(isobject("[1,2]"), "yes", "no")"# => "no"]);

    Unknown, |a, _| is(a, |value| matches!(value, Value::Text(_)) && !is_number(value)),
    ("isstr", 1..=1, "isstr(<value>)", "True for text that does not read as a number.",
     "a quoted number counts as a number, like a field that holds one; Splunk may tell the literal apart",
     [r#"if(isstr("x"), "yes", "no")"# => "yes", r#"if(isstr(1), "yes", "no")"# => "no"]);

    Unknown, |_, _| Value::Null,
    ("null", 0..=0, "null()", "No value: the field is absent.", [r#"coalesce(null(), "x")"# => "x"]);

    Unknown, |_, _| Value::Bool(true),
    ("true", 0..=0, "true()", "True.", [r#"case(1==2, "a", true(), "b")"# => "b"]);

    Unknown, |a, cx| type_of(a.first(), cx),
    ("typeof", 1..=1, "typeof(<value>)", "The type: Number, String, Boolean, Multivalue, or Invalid for null.",
     "a quoted number counts as a number, and the manual does not name the type of several values",
     [r#"typeof(12) + typeof("string") + typeof(1==2) + typeof(missing)"# => "NumberStringBooleanInvalid"]);
}

fn is(arguments: &[Value], test: impl FnOnce(&Value) -> bool) -> Value {
    Value::Bool(arguments.first().is_some_and(test))
}

fn json(arguments: &[Value], test: impl FnOnce(&serde_json::Value) -> bool) -> Value {
    let Some(Value::Text(text)) = arguments.first() else {
        return Value::Bool(false);
    };
    Value::Bool(serde_json::from_str(text).is_ok_and(|json| test(&json)))
}

fn kind_of_number(value: &Value, cx: &Cx<'_>) -> Option<f64> {
    let number = value.as_number()?;
    if number.fract() == 0.0 && matches!(value, Value::Text(text) if text.contains('.')) {
        cx.uncertain("a number that is written with a point but has no fraction, such as 1.0, counts as whole; Splunk may go by the spelling");
    }
    Some(number)
}

fn type_of(value: Option<&Value>, cx: &Cx<'_>) -> Value {
    if matches!(value, Some(Value::Multi(_))) {
        cx.uncertain("typeof() of several values is Multivalue here; Splunk's manual does not name their type");
    }
    Value::from(match value {
        None | Some(Value::Null) => "Invalid",
        Some(Value::Bool(_)) => "Boolean",
        Some(Value::Multi(_)) => "Multivalue",
        Some(value) if is_number(value) => "Number",
        Some(_) => "String",
    })
}
