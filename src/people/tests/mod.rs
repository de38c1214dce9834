//! What people see and do, against stores that fail and with another provider in memory.

mod paths;
