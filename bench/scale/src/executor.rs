//! A virtual clock, and what runs on it.
//!
//! Job: run futures on one thread, each as soon as it can go on, and move the clock to the next timer when
//! none can. Nothing depends on how long anything takes in reality, so a run is the same each time. Not its
//! job: what the futures do.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Microseconds since the beginning of the run.
pub type Micros = u64;

/// A millisecond.
pub const MILLISECOND: Micros = 1_000;
/// A second.
pub const SECOND: Micros = 1_000_000;

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// The ids of the tasks that can go on. The standard's wakers ask for what threads may share.
type Ready = Mutex<VecDeque<usize>>;

struct TaskWaker {
    id: usize,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        push(&self.ready, self.id);
    }
}

fn push(ready: &Ready, id: usize) {
    let mut ready = ready.lock().unwrap_or_else(PoisonError::into_inner);
    ready.push_back(id);
}

struct Task {
    /// `None` while it is being polled.
    work: Option<Work>,
    waker: Waker,
}

/// A timer: earlier ones come first, and of two at once the one that was set first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Due(Micros, u64);

struct Timer {
    due: Due,
    waker: Waker,
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.due == other.due
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.due.cmp(&other.due)
    }
}

#[derive(Default)]
struct Inner {
    now: Cell<Micros>,
    timers_set: Cell<u64>,
    timers: RefCell<BinaryHeap<Reverse<Timer>>>,
    tasks: RefCell<Vec<Option<Task>>>,
    free: RefCell<Vec<usize>>,
    ready: Arc<Ready>,
}

/// The clock and the tasks.
#[derive(Clone, Default)]
pub struct Executor(Rc<Inner>);

impl Executor {
    /// The present moment.
    pub fn now(&self) -> Micros {
        self.0.now.get()
    }

    /// Begins a task.
    pub fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        let mut tasks = self.0.tasks.borrow_mut();
        let id = self.0.free.borrow_mut().pop().unwrap_or_else(|| {
            tasks.push(None);
            tasks.len() - 1
        });
        let ready = Arc::clone(&self.0.ready);
        tasks[id] = Some(Task {
            work: Some(Box::pin(work)),
            waker: Waker::from(Arc::new(TaskWaker { id, ready })),
        });
        drop(tasks);
        push(&self.0.ready, id);
    }

    /// Ends after this long.
    pub fn sleep(&self, duration: Micros) -> Sleep {
        self.sleep_until(self.now() + duration)
    }

    /// Ends at this moment.
    pub fn sleep_until(&self, end: Micros) -> Sleep {
        let executor = self.clone();
        Sleep {
            executor,
            end,
            is_set: false,
        }
    }

    fn set_timer(&self, end: Micros, waker: Waker) {
        let number = self.0.timers_set.get() + 1;
        self.0.timers_set.set(number);
        let due = Due(end, number);
        self.0
            .timers
            .borrow_mut()
            .push(Reverse(Timer { due, waker }));
    }

    /// Runs until this moment, or until nothing is left that could go on.
    pub fn run_until(&self, end: Micros) {
        loop {
            self.run_ready();
            let mut timers = self.0.timers.borrow_mut();
            let Some(Reverse(next)) = timers.peek() else {
                break;
            };
            let Due(at, _) = next.due;
            if at > end {
                break;
            }
            self.0.now.set(self.now().max(at));
            if let Some(Reverse(timer)) = timers.pop() {
                timer.waker.wake();
            }
        }
        self.0.now.set(self.now().max(end));
    }

    fn run_ready(&self) {
        loop {
            let next = self
                .0
                .ready
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            let Some(id) = next else {
                return;
            };
            self.poll(id);
        }
    }

    fn poll(&self, id: usize) {
        let (mut work, waker) = {
            let mut tasks = self.0.tasks.borrow_mut();
            let Some(task) = &mut tasks[id] else {
                // A timer of a task that is over.
                return;
            };
            let Some(work) = task.work.take() else {
                return;
            };
            (work, task.waker.clone())
        };
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => {
                if let Some(task) = &mut self.0.tasks.borrow_mut()[id] {
                    task.work = Some(work);
                }
            }
            Poll::Ready(()) => {
                self.0.tasks.borrow_mut()[id] = None;
                self.0.free.borrow_mut().push(id);
            }
        }
    }

    /// Ends all tasks, which hold each other and the clock.
    pub fn stop(&self) {
        let tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
        drop(tasks);
        self.0.timers.borrow_mut().clear();
    }
}

/// See [`Executor::sleep`].
pub struct Sleep {
    executor: Executor,
    end: Micros,
    is_set: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.executor.now() >= self.end {
            return Poll::Ready(());
        }
        if !self.is_set {
            self.is_set = true;
            self.executor.set_timer(self.end, context.waker().clone());
        }
        Poll::Pending
    }
}

/// A value that comes once, from another task.
pub struct Promise<T>(Rc<RefCell<Awaited<T>>>);

enum Awaited<T> {
    Nothing(Option<Waker>),
    Value(T),
    Taken,
}

impl<T> Clone for Promise<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Default for Promise<T> {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(Awaited::Nothing(None))))
    }
}

impl<T> Promise<T> {
    /// Gives the value, unless there was one before.
    pub fn settle(&self, value: T) {
        let mut awaited = self.0.borrow_mut();
        if let Awaited::Nothing(waker) = &mut *awaited {
            let waker = waker.take();
            *awaited = Awaited::Value(value);
            drop(awaited);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl<T> Future for Promise<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut awaited = self.0.borrow_mut();
        match std::mem::replace(&mut *awaited, Awaited::Taken) {
            Awaited::Value(value) => Poll::Ready(value),
            Awaited::Nothing(_) => {
                *awaited = Awaited::Nothing(Some(context.waker().clone()));
                Poll::Pending
            }
            Awaited::Taken => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_ring_in_their_order_and_the_clock_stands_still_between_them() {
        let executor = Executor::default();
        let seen = Rc::new(RefCell::new(Vec::new()));
        for (name, delay) in [("b", 20), ("a", 10), ("c", 20)] {
            let (clock, seen) = (executor.clone(), Rc::clone(&seen));
            executor.spawn(async move {
                clock.sleep(delay).await;
                seen.borrow_mut().push((name, clock.now()));
            });
        }
        executor.run_until(15);
        assert_eq!(*seen.borrow(), [("a", 10)]);
        executor.run_until(100);
        assert_eq!(*seen.borrow(), [("a", 10), ("b", 20), ("c", 20)]);
        assert_eq!(executor.now(), 100);
    }

    #[test]
    fn a_promise_is_settled_once_by_whoever_comes_first() {
        let executor = Executor::default();
        let promise = Promise::default();
        for delay in [30, 20] {
            let (clock, promise) = (executor.clone(), promise.clone());
            executor.spawn(async move {
                clock.sleep(delay).await;
                promise.settle(delay);
            });
        }
        let came = Rc::new(Cell::new(0));
        let (clock, seen) = (executor.clone(), Rc::clone(&came));
        executor.spawn(async move {
            assert_eq!(promise.await, 20);
            seen.set(clock.now());
        });
        executor.run_until(100);
        assert_eq!(came.get(), 20);
    }
}
