//! The connections of each peer address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use parking_lot::Mutex;

/// Counts the connections of each peer address. Clones share the counts.
#[derive(Clone, Debug)]
pub(super) struct Peers {
    most: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Peers {
    /// Lets each address have `most` connections; any number when it is 0.
    pub(super) fn new(most: usize) -> Self {
        Self { most, open: Arc::default() }
    }

    /// Counts a connection until the guard is dropped; none when the address has as many as it may.
    pub(super) fn connect(&self, address: IpAddr) -> Option<PeerConnection> {
        let peer = network(address);
        let mut open = self.open.lock();
        let count = open.entry(peer).or_default();
        if self.most > 0 && *count >= self.most {
            return None;
        }
        *count += 1;
        Some(PeerConnection { peers: self.clone(), peer })
    }
}

/// A connection of a peer.
#[derive(Debug)]
pub(super) struct PeerConnection {
    peers: Peers,
    peer: IpAddr,
}

impl Drop for PeerConnection {
    fn drop(&mut self) {
        let mut open = self.peers.open.lock();
        if let Some(count) = open.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.peer);
            }
        }
    }
}

/// Returns the address that stands for its network: the owner of one address of IPv6 has the 2^64
/// beside it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_has_so_many_connections() {
        let peers = Peers::new(2);
        let connect = |address: &str| peers.connect(address.parse().unwrap());
        let first = [connect("192.0.2.1"), connect("::ffff:192.0.2.1")];
        assert!(first.iter().all(Option::is_some) && connect("192.0.2.1").is_none());
        let others = [connect("192.0.2.2"), connect("2001:db8::1"), connect("2001:db8::2")];
        assert!(others.iter().all(Option::is_some) && connect("2001:db8::3").is_none());
        assert!(connect("2001:db8:0:1::3").is_some());
        drop((first, others));
        assert!(connect("192.0.2.1").is_some());
        assert!(peers.open.lock().is_empty());
    }

    #[test]
    fn no_limit_is_none() {
        let peers = Peers::new(0);
        let address = IpAddr::from([192, 0, 2, 1]);
        let all: Vec<_> = (0..1_000).map(|_| peers.connect(address)).collect();
        assert!(all.iter().all(Option::is_some));
    }
}
