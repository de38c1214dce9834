//! A question to an object, and its answer.
//!
//! Job: one message there, the object's work, one message back, and giving up in time. The object does its work all the
//! same. Not its job: what is asked.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use postern::ports::{Dependency, Unavailable};

use crate::executor::{Executor, Micros, Promise, Sleep};
use crate::object::Failure;
use crate::world::World;

/// Where an object is.
#[derive(Clone, Copy)]
pub enum Way {
    /// From this place to the log.
    ToLog(usize),
    /// Within a place.
    Nearby,
}

impl Way {
    /// How long the next message takes; `None` if it is lost.
    fn message(self, world: &World) -> Option<Micros> {
        match self {
            Self::ToLog(place) => world.network.to_log(place),
            Self::Nearby => world.network.nearby(),
        }
    }
}

/// Why an object gave no answer, as an asker knows it.
pub fn unavailable(failure: Failure) -> Unavailable {
    let because = |cause| Unavailable::new(Dependency::RevocationLog, cause);
    match failure {
        Failure::Overloaded => Unavailable {
            is_overloaded: true,
            ..because("it has too much to do")
        },
        Failure::Reset => because("it was started anew"),
    }
}

/// Carries out `work` at the other end of `way`. Nothing comes back where the object is silent or a message was lost.
pub async fn ask<T: 'static>(
    world: &Rc<World>,
    way: Way,
    timeout: Micros,
    work: impl AsyncFnOnce(&Rc<World>) -> Result<T, Unavailable> + 'static,
) -> Result<T, Unavailable> {
    let answer = Promise::default();
    let (there, answered) = (Rc::clone(world), answer.clone());
    world.executor.spawn(async move {
        let Some(message) = way.message(&there) else {
            return;
        };
        there.executor.sleep(message).await;
        let outcome = work(&there).await;
        if let Some(message) = way.message(&there) {
            there.executor.sleep(message).await;
            answered.settle(outcome);
        }
    });
    within(&world.executor, timeout, answer)
        .await
        .unwrap_or_else(|| {
            let cause = "it gave no answer in time";
            Err(Unavailable::new(Dependency::RevocationLog, cause))
        })
}

/// What a promise brings, if it comes within so long.
pub fn within<T>(executor: &Executor, limit: Micros, promise: Promise<T>) -> Within<T> {
    Within {
        promise,
        end: executor.sleep(limit),
    }
}

/// See [`within`].
pub struct Within<T> {
    promise: Promise<T>,
    end: Sleep,
}

impl<T> Future for Within<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        if let Poll::Ready(value) = Pin::new(&mut self.promise).poll(context) {
            return Poll::Ready(Some(value));
        }
        Pin::new(&mut self.end).poll(context).map(|()| None)
    }
}
