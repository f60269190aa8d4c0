//! One part of several, by the case's id: a new detection moves no other case.

use std::str::FromStr;

use crate::case::Case;

/// `i/n`: the i-th of n parts, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    of: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let read = |part: &str| part.trim().parse::<u64>().ok();
        match parts.map(|(number, of)| (read(number), read(of))) {
            Some((Some(number), Some(of))) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err(format!(
                "`{text}` is no part: write i/n, such as 2/3, with i from 1 to n"
            )),
        }
    }
}

impl Shard {
    /// Whether a case belongs to it. Cases that read the same data stay together, so that no two parts load it.
    pub fn has(self, case: &Case) -> bool {
        self.has_key(&key(case))
    }

    /// Rendezvous hashing: the part whose hash with the key is greatest. From n to n + 1 parts, only what the new part gets
    /// moves.
    fn has_key(self, key: &str) -> bool {
        let most = (1..=self.of).max_by_key(|part| (hash(key, *part), *part));
        most == Some(self.number)
    }
}

/// The first of its data, without what differs from machine to machine; of a case without data, its own id.
fn key(case: &Case) -> String {
    let Some(first) = case.datasets.first() else {
        return case.id.to_string();
    };
    let path = first.location.to_string().replace('\\', "/");
    match path.rsplit_once("/datasets/") {
        Some((_, below)) => below.to_owned(),
        None => {
            let mut parts: Vec<&str> = path.rsplit('/').take(2).collect();
            parts.reverse();
            parts.join("/")
        }
    }
}

/// A hash that is the same on every machine and in every release.
pub fn stable_hash(text: &str) -> u64 {
    hash(text, 0)
}

/// FNV-1a, mixed at the end.
fn hash(key: &str, part: u64) -> u64 {
    let bytes = key.bytes().chain(part.to_le_bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    for (shift, factor) in [(33, 0xff51_afd7_ed55_8ccd), (33, 0xc4ce_b9fe_1a85_ec53)] {
        hash = (hash ^ (hash >> shift)).wrapping_mul(factor);
    }
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_key_is_in_one_part(key in ".{0,40}", of in 1_u64..40) {
            let parts = (1..=of).filter(|number| Shard { number: *number, of }.has_key(&key));
            prop_assert_eq!(parts.count(), 1);
        }

        #[test]
        fn another_part_takes_and_moves_nothing_else(key in ".{0,40}", of in 1_u64..40) {
            let place = |of: u64| (1..=of).find(|number| Shard { number: *number, of }.has_key(&key));
            let after = place(of + 1);
            prop_assert!(after == place(of) || after == Some(of + 1));
        }
    }

    #[test]
    fn parts_are_alike_in_size() {
        for number in 1..=4 {
            let shard = Shard { number, of: 4 };
            let count = (0..4000)
                .filter(|id| shard.has_key(&format!("case {id}")))
                .count();
            assert!((800..1200).contains(&count), "{count}");
        }
    }

    #[test]
    fn a_part_is_written_as_i_of_n() {
        assert_eq!("2/3".parse(), Ok(Shard { number: 2, of: 3 }));
        for wrong in ["", "1", "0/3", "4/3", "1/0", "a/b", "-1/3", "1/2/3"] {
            let error = wrong.parse::<Shard>().unwrap_err();
            assert!(error.contains("i/n"), "{error}");
        }
    }
}
