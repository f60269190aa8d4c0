//! Where addresses are: what `iplocation` asks. The caller has opened the database; nothing is read here.

use std::fmt::Debug;
use std::net::IpAddr;

/// The place of an address, as far as a database knows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// The city.
    pub city: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// The largest subdivision of the country.
    pub region: Option<String>,
    /// The continent.
    pub continent: Option<String>,
    /// The code of the television market (United States).
    pub metro_code: Option<u32>,
    /// The time zone's name.
    pub time_zone: Option<String>,
    /// Latitude and longitude in degrees.
    pub position: Option<(f64, f64)>,
}

/// A database of places.
pub trait Places: Debug + Send + Sync {
    /// The place of an address, its names in that language (`en`, `de`, …) where there are such; none if the database does
    /// not know the address. The error is for the user.
    fn place(&self, address: IpAddr, language: &str) -> Result<Option<Place>, String>;
}
