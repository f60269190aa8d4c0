//! What functions with regular expressions share: patterns that vary, and how failures end the search.
//!
//! A pattern that can't be compiled, or a limit that is hit, must never read as "no match".

use dryfire_diagnostic::{Diagnostic, codes};

use crate::env::Cx;
use crate::pattern::Pattern;
use crate::stop::Stop;
use crate::value::Value;

/// The pattern that a constant argument holds. The error is for the user.
pub(super) fn constant(argument: Option<&Option<Value>>) -> Result<Option<Pattern>, String> {
    match argument {
        Some(Some(pattern)) if !pattern.is_null() => pattern.with_text(Pattern::new).map(Some),
        _ => Ok(None),
    }
}

/// The pattern that a row holds; fails the search where it is none.
pub(super) fn varying(function: &str, pattern: &Value, cx: &Cx<'_>) -> Option<Pattern> {
    pattern
        .with_text(Pattern::new)
        .map_err(|reason| {
            let message =
                format!("`{function}` can't use the pattern that a field holds: {reason}");
            cx.fail(Diagnostic::error(&codes::meaning::BAD_PATTERN, message).into());
        })
        .ok()
}

/// The result of matching; a limit that was hit fails the search.
pub(super) fn within_limits<T>(
    function: &str,
    result: Result<T, String>,
    cx: &Cx<'_>,
) -> Option<T> {
    result
        .map_err(|limit| cx.fail(Stop::Budget(format!("{function}(): {limit}"))))
        .ok()
}
