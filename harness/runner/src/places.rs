//! The database of places that `iplocation` asks: MaxMind's format, opened once for a run.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use dryfire_engine::{Place, Places};
use maxminddb::{Reader, geoip2};

/// An open database.
pub(crate) struct Database(Reader<Vec<u8>>);

impl Database {
    /// Reads a database. The error is for the user.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        Reader::open_readfile(path)
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database")
            .field(&self.0.metadata().database_type)
            .finish()
    }
}

impl Places for Database {
    fn place(&self, address: IpAddr, language: &str) -> Result<Option<Place>, String> {
        let found = self.0.lookup(address).map_err(|error| error.to_string())?;
        let city: Option<geoip2::City<'_>> = found.decode().map_err(|error| error.to_string())?;
        Ok(city.map(|city| Place {
            city: name(&city.city.names, language),
            country: name(&city.country.names, language),
            region: city
                .subdivisions
                .first()
                .and_then(|region| name(&region.names, language)),
            continent: name(&city.continent.names, language),
            metro_code: city.location.metro_code.map(u32::from),
            time_zone: city.location.time_zone.map(str::to_owned),
            position: city.location.latitude.zip(city.location.longitude),
        }))
    }
}

/// The name in a language, else in English.
fn name(names: &geoip2::Names<'_>, language: &str) -> Option<String> {
    let own = match language {
        "de" => names.german,
        "es" => names.spanish,
        "fr" => names.french,
        "ja" => names.japanese,
        "pt-BR" => names.brazilian_portuguese,
        "ru" => names.russian,
        "zh-CN" => names.simplified_chinese,
        _ => None,
    };
    own.or(names.english).map(str::to_owned)
}
