//! Reads a data model's JSON file.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, SourceId, SourceMap, Span, codes};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json;
use crate::model::{Calculation, CalculationKind, Model, ModelField, ModelObject, RootKind};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawModel<'a> {
    model_name: Option<String>,
    #[serde(borrow, default)]
    objects: Vec<RawObject<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawObject<'a> {
    object_name: String,
    parent_name: Option<String>,
    #[serde(default)]
    fields: Vec<RawField>,
    #[serde(borrow, default)]
    calculations: Vec<RawCalculation<'a>>,
    #[serde(borrow, default)]
    constraints: Vec<RawConstraint<'a>>,
    #[serde(borrow)]
    base_search: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawField {
    field_name: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    hidden: bool,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    multivalue: bool,
    lookup_output_field_name: Option<String>,
}

#[derive(Deserialize)]
struct RawConstraint<'a> {
    #[serde(borrow)]
    search: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawCalculation<'a> {
    calculation_type: String,
    #[serde(default)]
    output_fields: Vec<RawField>,
    #[serde(borrow)]
    expression: Option<&'a RawValue>,
    input_field: Option<String>,
    lookup_name: Option<String>,
    #[serde(default)]
    lookup_inputs: Vec<RawInput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawInput {
    lookup_field: String,
    input_field: String,
}

/// Reads one model. A file that is none gives a diagnostic and no model.
pub(crate) fn read(
    file: SourceId,
    stem: &str,
    app: &Arc<str>,
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Model> {
    let text = sources.get(file).text.clone();
    let text = text.as_ref();
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    let raw: RawModel<'_> = match serde_json::from_str(json) {
        Ok(raw) => raw,
        Err(error) => {
            let at = place(text, json, error.line(), error.column());
            let message = format!("the data model can't be read: {error}");
            let error =
                Diagnostic::error(&codes::dataset::MODEL, message).at(Span::new(file, at, at), "");
            diagnostics.push(error);
            return None;
        }
    };
    let name = raw.model_name.unwrap_or_else(|| stem.to_owned());
    let mut reader = ModelReader {
        file,
        text,
        model: &name,
        sources,
        diagnostics,
    };
    let mut waiting: Vec<RawObject<'_>> = raw.objects;
    let mut objects: Vec<ModelObject> = Vec::new();
    // Parents may stand behind their children in the file.
    loop {
        let before = waiting.len();
        let mut later = Vec::new();
        for raw in waiting {
            let root = raw.parent_name.as_deref().and_then(root_kind);
            let parent = objects
                .iter()
                .find(|object| Some(&object.name) == raw.parent_name.as_ref());
            let above = match (root, parent) {
                (Some(kind), _) => Some((kind, Vec::new())),
                (None, Some(parent)) => Some((parent.root, parent.lineage.clone())),
                (None, None) => None,
            };
            match above {
                Some((kind, lineage)) => objects.push(reader.object(raw, kind, lineage)),
                None => later.push(raw),
            }
        }
        waiting = later;
        if waiting.is_empty() || waiting.len() == before {
            break;
        }
    }
    for orphan in waiting {
        let parent = orphan.parent_name.unwrap_or_default();
        let message = format!(
            "dataset `{}` of model `{name}` extends `{parent}`, which is not there",
            orphan.object_name
        );
        diagnostics.push(
            Diagnostic::warning(&codes::dataset::MODEL, message)
                .at(Span::new(file, 0, 0), "ignored"),
        );
    }
    Some(Model {
        name,
        objects,
        tags_allowed: None,
        app: app.clone(),
        file,
    })
}

fn root_kind(parent: &str) -> Option<RootKind> {
    match parent {
        "BaseEvent" | "BaseModel" => Some(RootKind::BaseEvent),
        "BaseSearch" => Some(RootKind::BaseSearch),
        "BaseTransaction" => Some(RootKind::BaseTransaction),
        _ => None,
    }
}

/// The offset in `text` of a line and column of `json`, its tail.
fn place(text: &str, json: &str, line: usize, column: usize) -> usize {
    let start: usize = json
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let mut at = (text.len() - json.len() + start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

struct ModelReader<'a> {
    file: SourceId,
    text: &'a str,
    model: &'a str,
    sources: &'a mut SourceMap,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl ModelReader<'_> {
    fn object(
        &mut self,
        raw: RawObject<'_>,
        root: RootKind,
        mut lineage: Vec<String>,
    ) -> ModelObject {
        let path = format!("{}.{}", self.model, raw.object_name);
        let parent = lineage.last().cloned();
        lineage.push(raw.object_name.clone());
        let constraints = raw
            .constraints
            .iter()
            .filter_map(|constraint| self.text(constraint.search, &path))
            .collect();
        let base_search = raw.base_search.and_then(|search| self.text(search, &path));
        let mut fields: Vec<ModelField> = raw.fields.iter().map(|raw| field(raw, false)).collect();
        let mut calculations = Vec::new();
        for raw in &raw.calculations {
            for output in &raw.output_fields {
                fields.retain(|field| field.name != output.field_name);
                fields.push(field(output, true));
            }
            let outputs = raw
                .output_fields
                .iter()
                .map(|output| output.field_name.clone())
                .collect();
            match self.calculation(raw, &path) {
                Some(kind) => calculations.push(Calculation { kind, outputs }),
                None => {
                    let message = format!(
                        "a calculation of type `{}` in {path} can't be used",
                        raw.calculation_type
                    );
                    let at = raw
                        .expression
                        .map_or(0, |expression| json::offset(expression, self.text));
                    let warning = Diagnostic::warning(&codes::dataset::MODEL, message);
                    self.diagnostics
                        .push(warning.at(Span::new(self.file, at, at), "ignored"));
                }
            }
        }
        ModelObject {
            name: raw.object_name,
            parent,
            root,
            lineage,
            constraints,
            base_search,
            fields,
            calculations,
        }
    }

    fn calculation(&mut self, raw: &RawCalculation<'_>, path: &str) -> Option<CalculationKind> {
        let outputs = raw.output_fields.iter();
        Some(match raw.calculation_type.to_ascii_lowercase().as_str() {
            "eval" => CalculationKind::Eval {
                expression: self.text(raw.expression?, path)?,
            },
            "rex" => CalculationKind::Rex {
                input: raw.input_field.clone()?,
                expression: self.text(raw.expression?, path)?,
            },
            "lookup" => CalculationKind::Lookup {
                table: raw.lookup_name.clone()?,
                inputs: raw
                    .lookup_inputs
                    .iter()
                    .map(|raw| (raw.lookup_field.clone(), raw.input_field.clone()))
                    .collect(),
                outputs: outputs
                    .map(|raw| {
                        (
                            raw.lookup_output_field_name
                                .as_ref()
                                .unwrap_or(&raw.field_name),
                            &raw.field_name,
                        )
                    })
                    .map(|(column, field)| (column.clone(), field.clone()))
                    .collect(),
            },
            "geoip" => CalculationKind::GeoIp {
                input: raw.input_field.clone()?,
            },
            _ => return None,
        })
    }

    fn text(&mut self, raw: &RawValue, path: &str) -> Option<SourceId> {
        json::derive(raw, self.text, self.file, path, self.sources)
    }
}

fn field(raw: &RawField, calculated: bool) -> ModelField {
    ModelField {
        name: raw.field_name.clone(),
        kind: raw.kind.clone(),
        hidden: raw.hidden,
        required: raw.required,
        multivalue: raw.multivalue,
        calculated,
    }
}
