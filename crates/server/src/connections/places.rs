//! Places of which there are so many in all, and so many for one network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Places for connections, or for requests.
#[derive(Debug)]
pub(crate) struct Places {
    all: usize,
    each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<IpAddr, usize>,
}

/// A taken place; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    network: Option<IpAddr>,
}

impl Places {
    /// `all` places, of which one network gets `each`.
    pub(crate) fn new(all: usize, each: usize) -> Arc<Self> {
        Arc::new(Self {
            all,
            each,
            taken: Mutex::default(),
        })
    }

    /// A place, unless all are taken or the network's are. Without a network only the former counts.
    pub(crate) fn take(self: &Arc<Self>, network: Option<IpAddr>) -> Option<Place> {
        let mut taken = self.lock();
        if taken.all >= self.all {
            return None;
        }
        if let Some(network) = network {
            let held = taken.by.entry(network).or_default();
            if *held >= self.each {
                return None;
            }
            *held += 1;
        }
        taken.all += 1;
        Some(Place {
            places: Arc::clone(self),
            network,
        })
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Every change is a few numbers; a panic elsewhere leaves them whole.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all = taken.all.saturating_sub(1);
        if let Some(network) = self.network
            && let Some(held) = taken.by.get_mut(&network)
        {
            *held = held.saturating_sub(1);
            // A network that holds nothing is not remembered, or strangers could fill the memory with networks.
            if *held == 0 {
                taken.by.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn places_run_out_and_come_back() {
        // SEC-150
        let network = |last| Some(std::net::IpAddr::from([192, 0, 2, last]));
        let places = Places::new(3, 2);
        let first = places.take(network(0)).unwrap();
        let second = places.take(network(0)).unwrap();
        assert!(places.take(network(0)).is_none(), "the network's are taken");
        let third = places.take(network(1)).unwrap();
        assert!(places.take(network(2)).is_none(), "all are taken");
        assert!(places.take(None).is_none(), "also for a proxy");
        drop(first);
        assert_eq!(places.taken(), 2);
        let proxy = places.take(None).unwrap();
        drop((second, third, proxy));
        assert_eq!(places.taken(), 0);
        assert!(places.lock().by.is_empty(), "nothing is remembered");
    }
}
