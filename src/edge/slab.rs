//! Things that are found by a key at once, however many there are.
//!
//! Job: a place for each thing, which the next one takes over once it is free. A key is the place and a number that no
//! other thing ever had there, so the key of a thing that is gone finds nothing.

/// Where a thing is, and which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its place.
    pub place: u32,
    /// Its number. Numbers begin anew after four billion.
    pub number: u32,
}

/// The things, each in its place.
pub struct Slab<T> {
    places: Vec<Option<(u32, T)>>,
    free: Vec<u32>,
    last_number: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            last_number: 0,
        }
    }
}

impl<T> Slab<T> {
    /// How many things there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Takes in a thing, and gives its key.
    pub fn insert(&mut self, thing: T) -> Key {
        self.last_number = self.last_number.wrapping_add(1);
        let number = self.last_number;
        let held = Some((number, thing));
        let place = if let Some(place) = self.free.pop() {
            self.places[place as usize] = held;
            place
        } else {
            self.places.push(held);
            u32::try_from(self.places.len() - 1).expect("memory is full before")
        };
        Key { place, number }
    }

    /// The thing of this key, while it is there.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match self.places.get_mut(key.place as usize) {
            Some(Some((number, thing))) if *number == key.number => Some(thing),
            _ => None,
        }
    }

    /// Gives the thing of this key away.
    pub fn remove(&mut self, key: Key) -> Option<T> {
        self.get_mut(key)?;
        self.free.push(key.place);
        let held = self.places[key.place as usize].take();
        held.map(|(_, thing)| thing)
    }

    /// Keeps only what is wanted. Looks at every thing.
    pub fn retain(&mut self, is_wanted: impl Fn(&T) -> bool) {
        for (place, held) in (0..).zip(&mut self.places) {
            if held.as_ref().is_some_and(|(_, thing)| !is_wanted(thing)) {
                *held = None;
                self.free.push(place);
            }
        }
    }
}
