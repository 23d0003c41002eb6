//! Which frames the kernel has, and for what: it gives each back once, and all of them when its sockets are closed.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Here,
    Receiving,
    Transmitting,
}

pub(crate) struct Held {
    places: Vec<Place>,
    pub receiving: usize,
    pub transmitting: usize,
}

impl Held {
    pub fn new(frames: u32) -> Self {
        Self { places: vec![Place::Here; frames as usize], receiving: 0, transmitting: 0 }
    }

    /// The kernel may receive into it.
    #[inline]
    pub fn lend(&mut self, frame: u32) {
        self.places[frame as usize] = Place::Receiving;
        self.receiving += 1;
    }

    /// The kernel transmits it.
    #[inline]
    pub fn send(&mut self, frame: u32) {
        self.places[frame as usize] = Place::Transmitting;
        self.transmitting += 1;
    }

    /// It holds a packet. False: the kernel did not have it.
    #[inline]
    pub fn received(&mut self, frame: u32) -> bool {
        let back = self.back(frame, Place::Receiving);
        self.receiving -= usize::from(back);
        back
    }

    /// Its transmission is over. False: the kernel did not have it.
    #[inline]
    pub fn sent(&mut self, frame: u32) -> bool {
        let back = self.back(frame, Place::Transmitting);
        self.transmitting -= usize::from(back);
        back
    }

    #[inline]
    fn back(&mut self, frame: u32, from: Place) -> bool {
        match self.places.get_mut(frame as usize) {
            Some(place) if *place == from => {
                *place = Place::Here;
                true
            }
            _ => false,
        }
    }

    /// Frames that the kernel had to receive into, and to transmit.
    pub fn all(&self) -> [Vec<u32>; 2] {
        [Place::Receiving, Place::Transmitting]
            .map(|place| (0..).zip(&self.places).filter(|(_, is)| **is == place).map(|(frame, _)| frame).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_once_and_from_where_it_went() {
        let mut held = Held::new(4);
        held.lend(1);
        held.send(2);
        assert!(!held.sent(1) && !held.received(2) && !held.received(3) && !held.sent(4));
        assert_eq!(held.all(), [vec![1], vec![2]]);
        assert!(held.received(1) && !held.received(1) && held.sent(2));
        assert_eq!((held.receiving, held.transmitting), (0, 0));
        assert_eq!(held.all(), [vec![0u32; 0], vec![]]);
    }
}
