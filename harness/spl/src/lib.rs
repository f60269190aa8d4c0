//! spl
