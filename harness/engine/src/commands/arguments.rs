//! Reads the arguments of a command and collects every mistake in them.

use std::sync::Arc;

use dryfire_diagnostic::{Code, Diagnostic, SourceMap, Span, codes, nearest};
use dryfire_spl::ast::{Command as Syntax, Expr, Word};

use super::Expression;

/// The arguments of one command while it is lowered.
pub(super) struct Arguments<'a> {
    syntax: &'a Syntax,
    errors: Vec<Diagnostic>,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(syntax: &'a Syntax) -> Self {
        Self {
            syntax,
            errors: Vec::new(),
        }
    }

    /// The value of an option as a truth.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        let Some(word) = self.syntax.option(name) else {
            return default;
        };
        match truth(&word.text) {
            Some(truth) => truth,
            None => {
                self.wrong(word, &format!("`{name}` takes `true` or `false`"));
                default
            }
        }
    }

    /// The value of an option as a count.
    pub(super) fn count(&mut self, name: &str) -> Option<usize> {
        let word = self.syntax.option(name)?;
        let count = word.text.parse().ok();
        if count.is_none() {
            self.wrong(word, &format!("`{name}` takes a count"));
        }
        count
    }

    /// The value of an option as a number.
    pub(super) fn number(&mut self, name: &str) -> Option<f64> {
        let word = self.syntax.option(name)?;
        let number = dryfire_plan::parse_number(&word.text);
        if number.is_none() {
            self.wrong(word, &format!("`{name}` takes a number"));
        }
        number
    }

    /// The value of an option as text.
    pub(super) fn text(&self, name: &str) -> Option<Arc<str>> {
        self.syntax
            .option(name)
            .map(|word| word.text.as_str().into())
    }

    /// An expression, compiled.
    pub(super) fn expression(&mut self, expr: &Expr) -> Option<Expression> {
        match Expression::new(expr) {
            Ok(expression) => Some(expression),
            Err(errors) => {
                self.errors.extend(errors);
                None
            }
        }
    }

    /// An option that holds a condition in text, such as `reset_after="(count>5)"`.
    pub(super) fn condition(&mut self, name: &str) -> Option<Expression> {
        let word = self.syntax.option(name)?;
        let mut sources = SourceMap::new();
        let source = sources.add(name, word.text.as_str());
        let (expr, errors) = dryfire_spl::parse_expression(source, &sources);
        let compiled = if errors.is_empty() {
            Expression::new(&expr)
        } else {
            Err(errors)
        };
        match compiled {
            Ok(expression) => Some(expression),
            // The places are those of the text alone: tell them by that of the option.
            Err(errors) => {
                for error in errors {
                    self.error(error.code, word.at.0, error.message);
                }
                None
            }
        }
    }

    /// An option that would change the result, and that the engine does not follow.
    pub(super) fn refuse(&mut self, names: &[&str]) {
        for option in self
            .syntax
            .options
            .iter()
            .filter(|option| names.contains(&option.name.as_str()))
        {
            let message = format!(
                "the engine does not follow `{}` of `{}`",
                option.name, self.syntax.name
            );
            self.errors.push(
                Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message)
                    .at(option.at.0, ""),
            );
        }
    }

    /// A switch that the engine follows only while it is off.
    pub(super) fn refuse_switch(&mut self, name: &str) {
        if self.flag(name, false) {
            self.refuse(&[name]);
        }
    }

    /// How many rows of a subsearch the author wants; 0 stands for Splunk's limit, too.
    pub(super) fn maxout(&mut self) -> Option<usize> {
        self.count("maxout").filter(|limit| *limit > 0)
    }

    /// A form of the command that the engine does not run.
    pub(super) fn unsupported(&mut self, at: Span, message: impl Into<String>) {
        self.errors
            .push(Diagnostic::error(&codes::meaning::UNSUPPORTED_COMMAND, message).at(at, ""));
    }

    /// A mistake in an argument.
    pub(super) fn wrong(&mut self, word: &Word, message: &str) {
        self.error(&codes::meaning::BAD_ARGUMENT, word.at.0, message);
    }

    /// A mistake.
    pub(super) fn error(&mut self, code: &'static Code, at: Span, message: impl Into<String>) {
        self.errors
            .push(Diagnostic::error(code, message).at(at, ""));
    }

    /// Mistakes that were found elsewhere.
    pub(super) fn extend(&mut self, errors: Vec<Diagnostic>) {
        self.errors.extend(errors);
    }

    /// The arguments are not those of the command's grammar; a diagnostic of the parser may say why.
    pub(super) fn missing(mut self, wanted: &str) -> Vec<Diagnostic> {
        let message = format!("`{}` needs {wanted}", self.syntax.name);
        self.error(
            &codes::meaning::BAD_ARGUMENT,
            self.syntax.name_at.0,
            message,
        );
        self.errors
    }

    /// What was made of the arguments, unless there were mistakes.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<Diagnostic>> {
        if self.errors.is_empty() {
            Ok(value)
        } else {
            Err(self.errors)
        }
    }

    /// Like [`Arguments::finish`] for what a mistake leaves unmade.
    pub(super) fn finish_some<T>(self, value: Option<T>) -> Result<T, Vec<Diagnostic>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ if self.errors.is_empty() => Err(self.missing("other arguments")),
            _ => Err(self.errors),
        }
    }
}

/// Splunk's spellings of a truth.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "t" | "true" | "1" | "yes" => Some(true),
        "f" | "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// The names, as shared text.
pub(super) fn names(words: &[Word]) -> Vec<Arc<str>> {
    words.iter().map(|word| word.text.as_str().into()).collect()
}

/// "did you mean".
pub(super) fn similar<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    nearest(name, known).map(|name| format!("did you mean `{name}`?"))
}
