mod later;
mod ports;
mod race;
