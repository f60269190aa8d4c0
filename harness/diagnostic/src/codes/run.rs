//! `DF6xx`: the run itself.

super::codes! {
    BUDGET = "DF601", "the search ran out of its budget",
        "The case used more time or memory than it may. It fails alone; the others go on.";
    PANIC = "DF602", "the engine failed inside",
        "This is a defect of Dryfire. Please report it with the search and the dataset.";
    CANCELLED = "DF603", "the run was interrupted",
        "The case did not end, because the run was interrupted.";
}
