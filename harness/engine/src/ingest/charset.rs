//! `CHARSET`: other encodings than UTF-8 as text.

use std::sync::Arc;

use super::Blocks;

/// The data in UTF-8; none where the encoding is not known here.
pub(super) fn decoded(
    charset: &str,
    blocks: &dyn Blocks,
) -> Option<Result<Arc<dyn Blocks>, String>> {
    let decode = decoder(charset)?;
    let mut bytes = vec![0; usize::try_from(blocks.len()).unwrap_or(usize::MAX)];
    Some(blocks.read_at(0, &mut bytes).map(|count| {
        let text = decode(&bytes[..count]);
        Arc::new(text.into_bytes()) as Arc<dyn Blocks>
    }))
}

/// The same of bytes that are all there.
pub(super) fn text(charset: &str, bytes: &[u8]) -> Option<String> {
    decoder(charset).map(|decode| decode(bytes))
}

fn decoder(charset: &str) -> Option<fn(&[u8]) -> String> {
    Some(
        match charset.to_ascii_uppercase().replace('_', "-").as_str() {
            "UTF-16LE" | "UCS-2LE" | "UTF-16-LE" => |bytes| utf16(bytes, u16::from_le_bytes),
            "UTF-16BE" | "UCS-2BE" | "UTF-16-BE" => |bytes| utf16(bytes, u16::from_be_bytes),
            "UTF-16" | "UCS-2" => |bytes| match bytes {
                [0xfe, 0xff, ..] => utf16(bytes, u16::from_be_bytes),
                _ => utf16(bytes, u16::from_le_bytes),
            },
            "ISO-8859-1" | "LATIN-1" | "LATIN1" => {
                |bytes| bytes.iter().map(|byte| char::from(*byte)).collect()
            }
            _ => return None,
        },
    )
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units)
        .map(|found| found.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let text = |charset: &str, bytes: &[u8]| {
            let blocks = decoded(charset, &bytes.to_vec())?.unwrap();
            let mut read = vec![0; 100];
            let count = blocks.read_at(0, &mut read).unwrap();
            Some(String::from_utf8(read[..count].to_vec()).unwrap())
        };
        assert_eq!(
            text("utf-16le", b"\xff\xfea\0\xfc\0").as_deref(),
            Some("aü")
        );
        assert_eq!(text("UTF-16BE", b"\0a\0\xfc").as_deref(), Some("aü"));
        assert_eq!(text("latin-1", b"a\xfc").as_deref(), Some("aü"));
        assert_eq!(text("EBCDIC", b"a"), None);
    }
}
