//! All clients, found by their ids.

use std::ops::{Deref, DerefMut};

use super::client::Client;
use crate::protocol::Sorted;

/// The clients, in the order of the configuration. No two have the same id.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    clients: Vec<Client>,
    /// Their places, in the order of their ids.
    by_id: Vec<u32>,
}

impl Clients {
    /// The client of this id.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<&Client> {
        let Self { clients, by_id } = self;
        let client = |place: &u32| &clients[*place as usize];
        let place = by_id.binary_search_by(|place| client(place).id.as_str().cmp(id));
        Some(client(&by_id[place.ok()?]))
    }
}

impl From<Vec<Client>> for Clients {
    fn from(clients: Vec<Client>) -> Self {
        let ids = clients.iter().map(|client| client.id.as_str());
        let by_id = Sorted::new(ids.zip(0..).collect());
        let by_id = by_id.all().iter().map(|(_, place)| *place).collect();
        Self { clients, by_id }
    }
}

impl Deref for Clients {
    type Target = [Client];

    fn deref(&self) -> &[Client] {
        &self.clients
    }
}

/// A client may be changed, and keeps its id.
impl DerefMut for Clients {
    fn deref_mut(&mut self) -> &mut [Client] {
        &mut self.clients
    }
}
