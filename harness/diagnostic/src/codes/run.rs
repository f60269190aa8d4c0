//! `DF6xx`: the run itself.

super::codes! {
    BUDGET = "DF601", "the search ran out of its budget",
        "The case used more time or memory than it may. It fails alone; the others go on.";
    PANIC = "DF602", "the engine failed inside",
        "This is a defect of Dryfire. Please report it with the search and the dataset.";
    CANCELLED = "DF603", "the run was interrupted",
        "The case did not end, because the run was interrupted.";
    CONFORMANCE = "DF604", "a Splunk differs from an executable specification",
        "`dryfire conformance` ran a scenario of the specifications on a Splunk, and other rows came than the scenario says. Our rule is wrong, or the server has settings or apps that change it.";
    DEPLOYMENT = "DF610", "a Splunk deployment is not as the content needs it",
        "`dryfire verify` compares a deployment with the content: what is missing, switched off, older, or was changed since. It only reads.";
    DATA_HEALTH = "DF611", "the data that a detection needs is not there as it should be",
        "`dryfire verify` looks for the last events of each sourcetype and how many of them have the fields that a detection filters on.";
}
