//! Cryptographic functions: hashes as lower-case hexadecimal digits.

use dryfire_plan::Transfer::Unknown;
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::plain::{plain_functions, texts};
use crate::value::Value;

plain_functions! { "Cryptographic":
    Unknown, |a, _| hash::<Md5>(a),
    ("md5", 1..=1, "md5(<str>)", "The MD5 hash.", [r#"md5("Hello World!")"# => "ed076287532e86365e841e92bfc50d8c"]);

    Unknown, |a, _| hash::<Sha1>(a),
    ("sha1", 1..=1, "sha1(<str>)", "The SHA-1 hash.", [r#"sha1("abc")"# => "a9993e364706816aba3e25717850c26c9cd0d89d"]);

    Unknown, |a, _| hash::<Sha256>(a),
    ("sha256", 1..=1, "sha256(<str>)", "The SHA-256 hash.",
     [r#"sha256("abc")"# => "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]);

    Unknown, |a, _| hash::<Sha512>(a),
    ("sha512", 1..=1, "sha512(<str>)", "The SHA-512 hash.",
     [r#"sha512("")"# => "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"]);
}

fn hash<D: Digest>(arguments: &[Value]) -> Value {
    texts(arguments.first(), |text| {
        D::digest(text.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    })
}
