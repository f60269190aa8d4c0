//! `apply`: what a fitted model of the Machine Learning Toolkit predicts for each row. Linear regressions only.
//!
//! MLTK User Guide, "Using the fit and apply commands" and "Algorithms": the model is a lookup file; the result goes to
//! `predicted(TARGET)` unless `AS` names another field; a row that lacks a feature gets none. A model that is not there,
//! and one of another algorithm, makes the search undetermined.

use std::sync::Arc;

use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_spl::ast::{Body, Command as Syntax};

use super::arguments::{Arguments, similar};
use super::doc::{Doc, Example, Given};
use super::linear_model::{LinearModel, Unfit};
use super::{Command, Lower};
use crate::column::Column;
use crate::env::Cx;
use crate::stage::{MapOp, Stage};
use crate::stop::Stop;
use crate::table::Table;
use crate::value::Value;

pub(super) struct Apply;

/// A model 1 + 0.5 · `n` as a lookup file.
const MODEL: &str = r#"algo,model,options
LinearRegression,"{""__mlspl_type"":[""algos.LinearRegression"",""LinearRegression""],""dict"":{""estimator"":{""dict"":{""intercept_"":1.0,""coef_"":{""npy"":""k05VTVBZAQA6AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfQoAAAAAAADgPw==""}}},""columns"":[""n""]}}","{""target_variable"":[""y""],""feature_variables"":[""n""]}"
"#;

const DOC: Doc = Doc::new(&[Example::given(
    Given::Lookup(r#"[{"n":"4"}]"#, "__mlspl_line.mlmodel", MODEL),
    "apply line AS guess",
    r#"[{"n":"4","guess":"3"}]"#,
)])
.differences(&[
    "Of the Machine Learning Toolkit's algorithms only LinearRegression is run; `threshold` is not followed.",
]);

impl Command for Apply {
    fn name(&self) -> &'static str {
        "apply"
    }

    fn doc(&self) -> &'static Doc {
        &DOC
    }

    fn lower(&self, syntax: &Syntax, cx: &Lower<'_>) -> Result<Stage, Vec<Diagnostic>> {
        let mut arguments = Arguments::new(syntax);
        let Body::Field(words) = &syntax.body else {
            return Err(arguments.missing("the name of a model"));
        };
        let at = words.field.at.0;
        // `app:NAME` names the app that shares the model.
        let name = words.field.text.as_str();
        let name = name.rsplit_once(':').map_or(name, |(_, name)| name);
        let lookups = &cx.library.knowledge;
        let file = format!("__mlspl_{name}");
        let found = lookups
            .lookup(&format!("{file}.mlmodel"))
            .or_else(|| lookups.lookup(&file));
        let Some(table) = found.and_then(|lookup| lookup.table()) else {
            let known = lookups.lookups().filter_map(|lookup| {
                let name = lookup.definition.name.strip_prefix("__mlspl_")?;
                Some(name.strip_suffix(".mlmodel").unwrap_or(name))
            });
            let found = Diagnostic::error(
                &codes::meaning::UNKNOWN_LOOKUP,
                format!("there is no model `{name}`"),
            )
            .at(at, "not in the content, nor in the given apps")
            .help(similar(name, known).unwrap_or_else(|| {
                format!("give the app that has `lookups/{file}.mlmodel` with --app; `fit` makes it on Splunk")
            }));
            arguments.extend(vec![found]);
            return arguments.finish_some(None);
        };
        let model = match LinearModel::read(table) {
            Ok(model) => Some(model),
            Err(Unfit::Algorithm(algorithm)) => {
                arguments.unsupported(
                    at,
                    format!(
                        "`apply` runs linear regressions only; `{name}` is a model of {algorithm}"
                    ),
                );
                None
            }
            Err(Unfit::Broken(why)) => {
                arguments.unsupported(at, format!("the model `{name}` can't be read: {why}"));
                None
            }
        };
        let options: Vec<&str> = syntax
            .options
            .iter()
            .map(|option| option.name.as_str())
            .collect();
        if model.is_some() {
            arguments.refuse(&options);
        }
        arguments.finish_some(model.map(|model| {
            let output = match &words.name {
                Some(name) => name.text.clone(),
                None => format!("predicted({})", model.target),
            };
            Stage::Map(Arc::new(Predicted {
                output: output.into(),
                model,
            }))
        }))
    }
}

struct Predicted {
    model: LinearModel,
    output: Arc<str>,
}

/// Where the number of a column comes from.
enum Input {
    Number(Column),
    /// 1 where the feature has that value, else 0.
    IsValue(Column, String),
}

impl Predicted {
    fn input(&self, name: &str, table: &Table) -> Input {
        let features = &self.model.features;
        let one_hot = features.iter().find_map(|feature| {
            let value = name.strip_prefix(feature.as_str())?.strip_prefix('=')?;
            Some((feature, value))
        });
        match one_hot {
            Some((feature, value)) if !features.iter().any(|feature| feature == name) => {
                Input::IsValue(table.column_or_null(feature), value.to_owned())
            }
            _ => Input::Number(table.column_or_null(name)),
        }
    }
}

impl MapOp for Predicted {
    fn apply(&self, mut table: Table, cx: &Cx<'_>) -> Result<Table, Stop> {
        let inputs: Vec<(Input, f64)> = self
            .model
            .columns
            .iter()
            .map(|(name, coefficient)| (self.input(name, &table), *coefficient))
            .collect();
        let mut predicted = Vec::with_capacity(table.len());
        for row in 0..table.len() {
            if row % 64 == 0 {
                cx.check()?;
            }
            let sum = inputs
                .iter()
                .try_fold(self.model.intercept, |sum, (input, coefficient)| {
                    let number = match input {
                        Input::Number(column) => column.get(row).as_number()?,
                        Input::IsValue(column, wanted) => match column.get(row) {
                            Value::Null => return None,
                            value => f64::from(u8::from(value.with_text(|text| text == wanted))),
                        },
                    };
                    Some(sum + coefficient * number)
                });
            predicted.push(sum.map_or(Value::Null, Value::number));
        }
        table.set(self.output.clone(), predicted.into_iter().collect());
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use dryfire_diagnostic::SourceMap;
    use dryfire_knowledge::{Knowledge, LookupDefinition, LookupSource};
    use dryfire_plan::Library;

    use super::super::linear_model::tests::file;
    use super::super::testing::{NOW, rows, run_with};
    use super::*;
    use crate::env::Env;

    fn library() -> Library {
        let mut knowledge = Knowledge::default();
        for (name, algorithm) in [("line", "LinearRegression"), ("density", "DensityFunction")] {
            let name = format!("__mlspl_{name}");
            let source = LookupSource::File(format!("{name}.mlmodel"));
            knowledge.add_lookup(LookupDefinition::new(name, source), Some(file(algorithm)));
        }
        Library::new(Arc::new(knowledge), &mut SourceMap::new()).0
    }

    fn run(input: &str, spl: &str) -> Result<Table, Vec<Diagnostic>> {
        run_with(&library(), rows(input), spl, &[], &Env::all_time(NOW))
            .map(|outcome| outcome.table)
    }

    #[test]
    fn each_row_with_all_features_gets_a_number() {
        let input = r#"[{"n":"4","kind":"a"},{"n":4,"kind":"b"},{"n":"4"},{"n":"x","kind":"a"}]"#;
        let table = run(input, "apply app:line").unwrap();
        let numbers: Vec<_> = (0..4)
            .map(|row| table.value(row, "predicted(y)").as_number())
            .collect();
        assert_eq!(numbers, [Some(3.0), Some(1.0), None, None]);
        let table = run(input, "apply line as guess").unwrap();
        assert_eq!(table.value(0, "guess"), &Value::Number(3.0));
        assert!(table.column("predicted(y)").is_none());
    }

    #[test]
    fn what_can_not_be_judged_says_why() {
        for (spl, code, words) in [
            ("apply lime", "DF305", "no model `lime`"),
            ("apply density", "DF301", "DensityFunction"),
            ("apply line threshold=0.1", "DF301", "threshold"),
        ] {
            let errors = run("[]", spl).unwrap_err();
            assert_eq!(errors.len(), 1, "{spl}: {errors:?}");
            assert_eq!(errors[0].code.id, code, "{spl}");
            assert!(errors[0].message.contains(words), "{}", errors[0].message);
        }
    }
}
