//! A linear regression as the Machine Learning Toolkit stores it: a lookup file `__mlspl_NAME.mlmodel` with one row of
//! algorithm, model and options, the last two in JSON, the coefficients as a NumPy array in Base64.

use dryfire_knowledge::LookupTable;
use serde_json::Value as Json;

/// A fitted line: a number for each column of the model, and one to begin with.
#[derive(Debug, PartialEq)]
pub(super) struct LinearModel {
    /// What is predicted.
    pub(super) target: String,
    /// The fields that the model was fitted on.
    pub(super) features: Vec<String>,
    /// The value where all columns are zero.
    pub(super) intercept: f64,
    /// Columns with their coefficients: a feature, or `feature=value`, which is 1 for that value and else 0.
    pub(super) columns: Vec<(String, f64)>,
}

/// Why a file gives no line.
#[derive(Debug, PartialEq)]
pub(super) enum Unfit {
    /// It is a model of another algorithm.
    Algorithm(String),
    /// It is not what the toolkit writes; what is missing or wrong.
    Broken(&'static str),
}

impl LinearModel {
    /// Reads the file.
    pub(super) fn read(table: &LookupTable) -> Result<Self, Unfit> {
        let cell = |name: &str| table.column(name).map(|column| table.cell(0, column));
        let algorithm = cell("algo").ok_or(Unfit::Broken("no column `algo`"))?;
        if algorithm != "LinearRegression" {
            return Err(Unfit::Algorithm(algorithm.to_owned()));
        }
        let json = |name, broken| {
            let text = cell(name).unwrap_or_default();
            serde_json::from_str::<Json>(text).map_err(|_| Unfit::Broken(broken))
        };
        let model = json("model", "the model is no JSON")?;
        let options = json("options", "the options are no JSON")?;
        let texts = |json: &Json| -> Option<Vec<String>> {
            let texts = json.as_array()?.iter();
            texts.map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let target = match &options["target_variable"] {
            Json::Array(names) => names.first().and_then(Json::as_str),
            name => name.as_str(),
        };
        let target = target.ok_or(Unfit::Broken("no target variable"))?;
        let estimator = &model["dict"]["estimator"]["dict"];
        let columns = texts(&model["dict"]["columns"]).ok_or(Unfit::Broken("no columns"))?;
        let coefficients =
            numbers(&estimator["coef_"]).ok_or(Unfit::Broken("the coefficients can't be read"))?;
        if coefficients.len() != columns.len() {
            return Err(Unfit::Broken(
                "there are not as many coefficients as columns",
            ));
        }
        let intercept = numbers(&estimator["intercept_"]);
        let intercept = intercept
            .and_then(|numbers| numbers.first().copied())
            .ok_or(Unfit::Broken("no intercept"))?;
        Ok(Self {
            target: target.to_owned(),
            features: texts(&options["feature_variables"])
                .ok_or(Unfit::Broken("no feature variables"))?,
            intercept,
            columns: columns.into_iter().zip(coefficients).collect(),
        })
    }
}

/// A number, or an array of NumPy.
fn numbers(json: &Json) -> Option<Vec<f64>> {
    match json {
        Json::Number(number) => Some(vec![number.as_f64()?]),
        _ => array(&base64(json["npy"].as_str()?)?),
    }
}

/// The file format of NumPy, "numpy.lib.format": mark, version, length of the header, header, numbers. Only 64-bit
/// floating point numbers are read, in either order of bytes.
fn array(bytes: &[u8]) -> Option<Vec<f64>> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (version, rest) = rest.split_first_chunk::<2>()?;
    let (length, rest) = match version[0] {
        1 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u32::from(u16::from_le_bytes(*length)), rest)
        }
        _ => {
            let (length, rest) = rest.split_first_chunk()?;
            (u32::from_le_bytes(*length), rest)
        }
    };
    let (header, data) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let header = std::str::from_utf8(header).ok()?;
    let read = if header.contains("'<f8'") {
        f64::from_le_bytes
    } else if header.contains("'>f8'") {
        f64::from_be_bytes
    } else {
        return None;
    };
    let (numbers, left) = data.as_chunks::<8>();
    left.is_empty()
        .then(|| numbers.iter().map(|number| read(*number)).collect())
}

/// Base64 with the usual letters, RFC 4648.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A model of two columns: 1 + 0.5 · `n` − 2 · `kind=b`.
    pub(in super::super) fn file(algorithm: &str) -> LookupTable {
        let mut npy = b"\x93NUMPY\x01\x00".to_vec();
        let header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n";
        npy.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        npy.extend(header);
        npy.extend([0.5_f64, -2.0].into_iter().flat_map(f64::to_le_bytes));
        let model = serde_json::json!({
            "__mlspl_type": ["algos.LinearRegression", "LinearRegression"],
            "dict": {
                "estimator": {"dict": {"intercept_": 1.0, "coef_": {"npy": encode(&npy)}}},
                "columns": ["n", "kind=b"],
            },
        });
        let options = serde_json::json!({
            "target_variable": ["y"], "feature_variables": ["n", "kind"],
        });
        let cells = [algorithm.to_owned(), model.to_string(), options.to_string()];
        LookupTable::new(
            ["algo", "model", "options"].map(str::to_owned).to_vec(),
            [cells],
        )
    }

    fn encode(bytes: &[u8]) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let word = (0..3).fold(0_u32, |word, place| {
                word << 8 | u32::from(chunk.get(place).copied().unwrap_or(0))
            });
            for place in 0..4 {
                let digit = word >> (18 - 6 * place) & 63;
                text.push(match place <= chunk.len() {
                    true => char::from(LETTERS[digit as usize]),
                    false => '=',
                });
            }
        }
        text
    }

    #[test]
    fn a_file_of_the_toolkit_gives_its_line() {
        let model = LinearModel::read(&file("LinearRegression")).unwrap();
        assert_eq!(model.target, "y");
        assert_eq!(model.features, ["n", "kind"]);
        assert_eq!(model.intercept, 1.0);
        assert_eq!(
            model.columns,
            [("n".to_owned(), 0.5), ("kind=b".to_owned(), -2.0)]
        );
    }

    #[test]
    fn other_files_give_none() {
        assert_eq!(
            LinearModel::read(&file("DensityFunction")),
            Err(Unfit::Algorithm("DensityFunction".to_owned()))
        );
        let cells = |model: &str| {
            let names = ["algo", "model", "options"].map(str::to_owned).to_vec();
            LookupTable::new(
                names,
                [["LinearRegression", model, r#"{"target_variable":"y"}"#]],
            )
        };
        for model in [
            "",
            "{}",
            r#"{"dict":{"columns":["a"],"estimator":{"dict":{"coef_":{"npy":"k05V"}}}}}"#,
        ] {
            let found = LinearModel::read(&cells(model));
            assert!(matches!(found, Err(Unfit::Broken(_))), "{found:?}");
        }
    }

    #[test]
    fn letters_give_bytes() {
        assert_eq!(base64("Zm9vYmE=").as_deref(), Some(&b"fooba"[..]));
        assert_eq!(base64("Zg==").as_deref(), Some(&b"f"[..]));
        assert_eq!(base64("a b"), None);
    }
}
