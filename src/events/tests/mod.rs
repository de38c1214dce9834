//! Security events, verified and read.
