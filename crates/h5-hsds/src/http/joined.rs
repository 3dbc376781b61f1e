//! Connections that send a request's head together with what follows it.

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Makes connections of another connector into such.
///
/// A head that goes by itself wakes the service up, which then waits for the body: two turns of its loop, and a packet more.
#[derive(Debug)]
pub(super) struct Join;

impl<In: Transport> Connector<In> for Join {
    type Out = Joined<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, made: Option<In>) -> Result<Option<Joined<In>>, Error> {
        Ok(made.map(|inner| Joined { inner, held: Vec::new() }))
    }
}

/// A connection that holds back the first bytes of a request, until more follows or an answer is waited for.
#[derive(Debug)]
pub(super) struct Joined<In> {
    inner: In,
    held: Vec<u8>,
}

/// What is longer is no head, and goes at once.
const MOST_HELD: usize = 8 << 10;

impl<In: Transport> Joined<In> {
    /// Sends what is held back, and after it so many bytes of the buffer.
    fn release(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let held = self.held.len();
        let output = self.inner.buffers().output();
        let whole = held.checked_add(amount).filter(|&whole| whole <= output.len());
        let Some(whole) = whole else {
            // Both do not fit: the beginning of what follows makes room for what was held, and comes back.
            let first: Vec<u8> = output.iter().take(held).copied().collect();
            replace(output, &self.held);
            self.held.clear();
            self.inner.transmit_output(held, timeout)?;
            replace(self.inner.buffers().output(), &first);
            return self.inner.transmit_output(amount, timeout);
        };
        output.copy_within(..amount, held);
        replace(output, &self.held);
        self.held.clear();
        self.inner.transmit_output(whole, timeout)
    }
}

impl<In: Transport> Transport for Joined<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if !self.held.is_empty() {
            return self.release(amount, timeout);
        }
        match self.inner.buffers().output().get(..amount.min(MOST_HELD)) {
            Some(head) if head.len() == amount => {
                self.held.extend_from_slice(head);
                Ok(())
            }
            _ => self.inner.transmit_output(amount, timeout),
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if !self.held.is_empty() {
            self.release(0, timeout)?;
        }
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        // What was never sent belongs to a request that was given up.
        self.held.is_empty() && self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// Puts bytes at the beginning of a buffer that is long enough.
fn replace(buffer: &mut [u8], bytes: &[u8]) {
    for (place, &byte) in buffer.iter_mut().zip(bytes) {
        *place = byte;
    }
}

#[cfg(test)]
mod tests {
    use ureq::unversioned::transport::LazyBuffers;

    use super::*;

    /// What was sent, piece by piece.
    #[derive(Debug)]
    struct Sent(LazyBuffers, Vec<Vec<u8>>);

    impl Transport for Sent {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.0
        }

        fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
            let piece = self.0.output()[..amount].to_vec();
            self.1.push(piece);
            Ok(())
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
            Ok(false)
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    /// Sends pieces through a buffer of such a size, and waits for an answer.
    fn sent(buffer: usize, pieces: &[&str]) -> Vec<String> {
        let never = NextTimeout::default();
        let mut joined = Joined { inner: Sent(LazyBuffers::new(1, buffer), Vec::new()), held: Vec::new() };
        for piece in pieces {
            replace(joined.buffers().output(), piece.as_bytes());
            joined.transmit_output(piece.len(), never).unwrap();
        }
        joined.await_input(never).unwrap();
        assert!(joined.is_open());
        joined.inner.1.into_iter().map(|piece| String::from_utf8(piece).unwrap()).collect()
    }

    #[test]
    fn a_head_goes_with_what_follows() {
        assert_eq!(sent(16, &["head", "body"]), ["headbody"]);
        assert_eq!(sent(16, &["head"]), ["head"]);
        assert_eq!(sent(16, &["head", "body", "more"]), ["headbody", "more"]);
        assert_eq!(sent(16, &[]), Vec::<String>::new());
    }

    #[test]
    fn what_does_not_fit_goes_in_order() {
        assert_eq!(sent(8, &["head", "a body!!"]), ["head", "a body!!"]);
        assert_eq!(sent(8, &["thehead", "b"]), ["theheadb"]);
        assert_eq!(sent(6, &["head", "xyz"]), ["head", "xyz"]);
    }
}
