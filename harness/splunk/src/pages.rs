//! How much of an answer that comes page by page is taken, and for how long: a server may always have another page.

use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::server::Patience;
use crate::transport::too_heavy;

/// The pages of one answer.
pub(crate) struct Pages {
    patience: Patience,
    end: Instant,
    weight: usize,
}

impl Pages {
    /// None is there yet.
    pub(crate) fn begin(patience: Patience) -> Self {
        Self {
            patience,
            end: Instant::now() + patience.pages,
            weight: 0,
        }
    }

    /// One more, of that weight.
    ///
    /// # Errors
    /// `TooMuch` where all of them take too much memory, or too long.
    pub(crate) fn add(&mut self, weight: usize, what: &dyn Fn() -> String) -> Result<()> {
        self.weight = self.weight.saturating_add(weight);
        if self.weight > self.patience.largest_held {
            return Err(too_heavy(what(), &self.patience));
        }
        if Instant::now() > self.end {
            return Err(Error::TooMuch {
                what: what(),
                how: format!("did not end within {} s", self.patience.pages.as_secs()),
            });
        }
        Ok(())
    }
}
