//! The object that a detection rule and a rule over the whole selection look at alike.

use super::{Context, Findings, Whole};
use crate::object::Object;

/// A rule's check of one object.
pub(super) type Check = fn(&Object, &Whole<'_>, &mut Findings<'_>);

/// Looks at the detection as an object.
pub(super) fn detection(context: &Context<'_>, out: &mut Findings<'_>, check: Check) {
    check(&context.detection.object, &context.whole, out);
}

/// Looks at all objects that are no detections.
pub(super) fn others(whole: &Whole<'_>, out: &mut Findings<'_>, check: Check) {
    whole
        .repository
        .objects()
        .for_each(|object| check(object, whole, out));
}
