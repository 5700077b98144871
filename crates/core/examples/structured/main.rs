//! Writes random structured files, each as a test vector with the crate's verdict, for another implementation to judge.
//!
//! `cargo run -p clausa-core --no-default-features --features portable --example structured -- SEED COUNT [FIRST]` writes
//! to standard output, again and again, a length of four bytes and a vector as `testdata/vectors/README.md` describes
//! them. File number `n` of a seed is always the same; FIRST is the number of the first one to be written.
//!
//! A third of the files is good, and of these a third was written by the crate, the others piece by piece. The rest has
//! doubtful values here and there, one structure bent at one node and signed again or not, or bytes changed at the end.
//! The crate says what they are worth.

mod bend;
mod draw;
mod file;
mod licences;
mod maker;
mod policies;
mod samples;
mod value;
mod verdict;
mod world;
mod written;

use std::io::Write as _;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use draw::Draw;
use maker::{Fault, Made, Maker};
use policies::Reader;
use verdict::Judge;
use world::{EPOCH, World};

const WORLDS: u64 = 8;
const WORKERS: u64 = 2;

fn main() -> Made<()> {
    if cfg!(feature = "aws-lc") {
        return Err("run it with --no-default-features --features portable".into());
    }
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let (seed, count, first) = match numbers[..] {
        [seed, count] => (seed, count, 0),
        [seed, count, first] => (seed, count, first),
        _ => return Err("say SEED COUNT [FIRST]".into()),
    };
    let worlds = (0..WORLDS)
        .map(|number| World::new(seed, number))
        .collect::<Made<Vec<_>>>()?;
    thread::scope(|scope| {
        let mut queues = Vec::new();
        for worker in 0..WORKERS {
            let (sender, queue) = sync_channel(16);
            let (worlds, indices) = (
                &worlds,
                (first..first + count)
                    .skip(worker as usize)
                    .step_by(WORKERS as usize),
            );
            scope.spawn(move || work(worlds, seed, indices, &sender));
            queues.push(queue);
        }
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for number in 0..count {
            let vector = queues[(number % WORKERS) as usize]
                .recv()?
                .map_err(|error| format!("{number}: {error}"))?;
            out.write_all(&u32::try_from(vector.len())?.to_be_bytes())?;
            out.write_all(&vector)?;
        }
        out.flush()?;
        Ok(())
    })
}

type Vector = Result<Vec<u8>, String>;

fn work(worlds: &[World], seed: u64, indices: impl Iterator<Item = u64>, out: &SyncSender<Vector>) {
    let judges: Vec<_> = worlds.iter().map(Judge::new).collect();
    for index in indices {
        let place = (index % WORLDS) as usize;
        let vector = match &judges[place] {
            Ok(judge) => one(&worlds[place], judge, seed, index).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if out.send(vector).is_err() {
            return;
        }
    }
}

fn one(world: &World, judge: &Judge<'_>, seed: u64, index: u64) -> Made<Vec<u8>> {
    let mut maker = Maker::new(world, Draw::new("file", seed, index));
    let published = EPOCH + maker.draw.below(864_000);
    let writes_itself = maker.fault == Fault::None && maker.draw.percent(30);
    let (file, reader) = if writes_itself {
        maker.written(published, judge.unwrappers())?
    } else {
        maker.whole(published)?
    };
    let writer = if writes_itself {
        "the crate"
    } else {
        "this example"
    };
    let comment = format!(
        "seed {seed}, file {index}, written by {writer}, fault {:?}",
        maker.fault
    );
    let authority = maker.draw.percent(25);
    judge.vector(&reader, &file, &comment, authority)
}

impl Maker<'_> {
    /// A file made piece by piece, and a reader for it.
    fn whole(&mut self, published: u64) -> Made<(Vec<u8>, Reader)> {
        let (sealed, issued) = (
            published + self.draw.below(100),
            published + 100 + self.draw.below(100_000),
        );
        let licence = self.publish(published)?;
        let by_editor = self.draw.percent(25) || self.is_about_a_grant();
        let grant = if by_editor {
            Some(self.edit_grant(&licence, sealed)?)
        } else {
            None
        };
        let in_licence = if self.draw.percent(50) {
            grant.clone()
        } else {
            None
        };
        let reader = self.use_licence(&licence, issued, in_licence)?;
        let plaintext = self.plaintext();
        let body = self.body(&licence, &plaintext)?;
        let file = self.file(&licence, body, sealed, grant)?;
        Ok((file, reader))
    }
}
