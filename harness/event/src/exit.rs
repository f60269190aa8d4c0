//! The exit code of a run: a pure function of its summary.

use std::fmt;
use std::str::FromStr;

use crate::Summary;

/// What the process tells its caller. Scripts depend on the numbers: they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Nothing failed.
    Passed = 0,
    /// A case failed or is undetermined.
    Failed = 1,
    /// The command line, the configuration or content could not be understood.
    Content = 2,
    /// Nothing failed, but data or a Splunk could not be had.
    Environment = 3,
    /// No case was selected.
    NothingSelected = 4,
    /// A bug of ours.
    Bug = 101,
    /// The user stopped the run.
    Interrupted = 130,
}

impl ExitCode {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// What counts as a failure besides failed cases, which always do: the value of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailOn {
    /// Undetermined cases; on unless narrowed.
    pub undetermined: bool,
    /// Passes under assumptions.
    pub assumptions: bool,
    /// Skipped cases.
    pub skipped: bool,
    /// Warnings.
    pub warnings: bool,
}

impl Default for FailOn {
    fn default() -> Self {
        Self {
            undetermined: true,
            assumptions: false,
            skipped: false,
            warnings: false,
        }
    }
}

/// A word that `--fail-on` doesn't know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFailOn(pub String);

impl fmt::Display for UnknownFailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is none of failed, undetermined, assumptions, skipped, warnings",
            self.0
        )
    }
}

impl std::error::Error for UnknownFailOn {}

impl FromStr for FailOn {
    type Err = UnknownFailOn;

    /// Reads a list such as `failed,undetermined,warnings`. It replaces the default: `failed` alone lets undetermined cases through.
    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let mut fail_on = Self {
            undetermined: false,
            assumptions: false,
            skipped: false,
            warnings: false,
        };
        for word in list.split(',').map(str::trim) {
            match word {
                "failed" => {}
                "undetermined" => fail_on.undetermined = true,
                "assumptions" => fail_on.assumptions = true,
                "skipped" => fail_on.skipped = true,
                "warnings" => fail_on.warnings = true,
                unknown => return Err(UnknownFailOn(unknown.to_owned())),
            }
        }
        Ok(fail_on)
    }
}

/// The exit code of a run. The first line that applies decides:
///
/// | code | when |
/// |------|------|
/// | 130  | the user stopped the run |
/// | 101  | a bug of ours: a case ended in an error of the engine |
/// | 1    | a case failed, or is something that `fail_on` names |
/// | 2    | content could not be loaded: a case ended in such an error, or an error belongs to no case |
/// | 3    | a dataset or the target could not be had |
/// | 1    | a case was cancelled though nobody stopped the run: it proved nothing |
/// | 4    | there was no case (0 with `allow_empty`) |
/// | 0    | otherwise |
///
/// A failure goes before the errors because it is the news; content goes before the environment because no repetition mends it.
pub fn exit_code(summary: &Summary, fail_on: FailOn, allow_empty: bool) -> ExitCode {
    let warnings = summary.case_findings.warning + summary.run_findings.warning;
    let failed = summary.failed > 0
        || (fail_on.undetermined && summary.undetermined > 0)
        || (fail_on.assumptions && summary.passed_with_assumptions > 0)
        || (fail_on.skipped && summary.skipped > 0)
        || (fail_on.warnings && warnings > 0);
    if summary.interrupted {
        ExitCode::Interrupted
    } else if summary.errors.engine > 0 {
        ExitCode::Bug
    } else if failed {
        ExitCode::Failed
    } else if summary.errors.content > 0 || summary.run_findings.error > 0 {
        ExitCode::Content
    } else if summary.errors.dataset > 0 || summary.errors.target > 0 {
        ExitCode::Environment
    } else if summary.cancelled > 0 {
        ExitCode::Failed
    } else if summary.cases() == 0 && !allow_empty {
        ExitCode::NothingSelected
    } else {
        ExitCode::Passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorCounts, FindingCounts};

    #[track_caller]
    fn check(code: u8, summary: Summary) {
        check_with(code, summary, FailOn::default(), false);
    }

    #[track_caller]
    fn check_with(code: u8, summary: Summary, fail_on: FailOn, allow_empty: bool) {
        assert_eq!(
            exit_code(&summary, fail_on, allow_empty).code(),
            code,
            "{summary:?}"
        );
    }

    fn passed() -> Summary {
        Summary {
            passed: 3,
            ..Summary::default()
        }
    }

    #[test]
    fn each_code() {
        check(0, passed());
        check(
            0,
            Summary {
                skipped: 1,
                ..Summary::default()
            },
        );
        check(
            0,
            Summary {
                passed_with_assumptions: 1,
                ..passed()
            },
        );
        check(
            1,
            Summary {
                failed: 1,
                ..passed()
            },
        );
        check(
            1,
            Summary {
                undetermined: 1,
                ..passed()
            },
        );
        check(
            1,
            Summary {
                cancelled: 1,
                ..passed()
            },
        );
        check(
            2,
            Summary {
                errors: ErrorCounts {
                    content: 1,
                    ..ErrorCounts::default()
                },
                ..passed()
            },
        );
        check(
            2,
            Summary {
                run_findings: FindingCounts {
                    error: 1,
                    ..FindingCounts::default()
                },
                ..passed()
            },
        );
        check(
            3,
            Summary {
                errors: ErrorCounts {
                    dataset: 1,
                    ..ErrorCounts::default()
                },
                ..passed()
            },
        );
        check(
            3,
            Summary {
                errors: ErrorCounts {
                    target: 1,
                    ..ErrorCounts::default()
                },
                ..passed()
            },
        );
        check(4, Summary::default());
        check(
            101,
            Summary {
                errors: ErrorCounts {
                    engine: 1,
                    ..ErrorCounts::default()
                },
                ..passed()
            },
        );
        check(
            130,
            Summary {
                interrupted: true,
                ..passed()
            },
        );
    }

    #[test]
    fn the_order_of_the_codes() {
        let all = Summary {
            failed: 1,
            errors: ErrorCounts {
                dataset: 1,
                target: 1,
                content: 1,
                engine: 1,
            },
            interrupted: true,
            ..passed()
        };
        let not_interrupted = Summary {
            interrupted: false,
            ..all.clone()
        };
        let no_bug = Summary {
            errors: ErrorCounts {
                engine: 0,
                ..all.errors
            },
            ..not_interrupted.clone()
        };
        let no_failure = Summary {
            failed: 0,
            ..no_bug.clone()
        };
        let only_environment = Summary {
            errors: ErrorCounts {
                content: 0,
                ..no_failure.errors
            },
            ..no_failure.clone()
        };
        check(130, all);
        check(101, not_interrupted);
        check(1, no_bug);
        check(2, no_failure);
        check(3, only_environment);
        // A manifest that can't be read leaves no case: that is what went wrong, not the selection.
        check(
            2,
            Summary {
                run_findings: FindingCounts {
                    error: 1,
                    ..FindingCounts::default()
                },
                ..Summary::default()
            },
        );
    }

    #[test]
    fn fail_on_narrows_and_widens() {
        let warning = FindingCounts {
            warning: 1,
            ..FindingCounts::default()
        };
        let cases = [
            (
                "failed",
                Summary {
                    undetermined: 1,
                    ..passed()
                },
                0,
            ),
            (
                "failed",
                Summary {
                    failed: 1,
                    ..passed()
                },
                1,
            ),
            (
                "undetermined",
                Summary {
                    undetermined: 1,
                    ..passed()
                },
                1,
            ),
            (
                "failed,assumptions",
                Summary {
                    passed_with_assumptions: 1,
                    ..passed()
                },
                1,
            ),
            (
                "failed, skipped",
                Summary {
                    skipped: 1,
                    ..passed()
                },
                1,
            ),
            (
                "warnings",
                Summary {
                    case_findings: warning,
                    ..passed()
                },
                1,
            ),
            (
                "warnings",
                Summary {
                    run_findings: warning,
                    ..passed()
                },
                1,
            ),
        ];
        for (list, summary, code) in cases {
            check_with(code, summary, list.parse().unwrap(), false);
        }
        assert_eq!(
            "failed,skiped".parse::<FailOn>(),
            Err(UnknownFailOn("skiped".to_owned()))
        );
    }

    #[test]
    fn nothing_selected_may_be_allowed() {
        check_with(0, Summary::default(), FailOn::default(), true);
        check_with(
            1,
            Summary {
                failed: 1,
                ..Summary::default()
            },
            FailOn::default(),
            true,
        );
    }
}
