//! Memory does not grow with the file, and by a known amount with the threads: what the operating system has seen at
//! most is the witness.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "hostile/fake.rs"]
#[allow(dead_code)]
mod fake;

use std::fs::File;

use clausa_client::{ProgressCallback, Source, UnprotectOptions, Workers};

use crate::fake::{Fake, only_me};

const MIB: usize = 1 << 20;
/// Bytes of content, all zero: many times what may be used.
const LENGTH: usize = 192 * MIB;

/// The most memory this process has had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1_024
}

/// One test, because tests of one process share its memory.
#[tokio::test(flavor = "multi_thread")]
async fn each_thread_takes_one_buffer_whatever_the_length() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    // Everything that is needed once.
    let small = janet.protect("small", b"small").await.output;
    let out = UnprotectOptions {
        output: Some(clausa_client::Sink::file(janet.path("small.out"))),
        ..UnprotectOptions::default()
    };
    janet.client.unprotect(Source::file(&small), out).await.unwrap();

    let plain = janet.path("large");
    File::create(&plain).unwrap().set_len(LENGTH as u64).unwrap();
    let before = peak();
    // The fewest first: peaks only grow.
    for number in [1, 2, 4] {
        let workers = Workers::new(number).unwrap();
        let mut options = only_me();
        options.workers = workers;
        options.overwrite = true;
        let sealed = janet.client.protect(Source::file(&plain), options).await.unwrap();
        let protecting = peak() - before;

        let options = UnprotectOptions {
            output: Some(clausa_client::Sink::file(janet.path("back"))),
            overwrite: true,
            workers,
            ..UnprotectOptions::default()
        };
        let unprotected = janet
            .client
            .unprotect(Source::file(&sealed.output), options)
            .await
            .unwrap();
        let unprotecting = peak() - before;
        assert_eq!(unprotected.bytes, LENGTH as u64);

        let opened = janet.client.open(Source::file(&sealed.output)).await.unwrap();
        opened.verify(ProgressCallback::default()).await.unwrap();
        let verifying = peak() - before;

        println!(
            "{number} threads: protecting {} KiB, unprotecting {} KiB, verifying {} KiB",
            protecting >> 10,
            unprotecting >> 10,
            verifying >> 10
        );
        // Twice a buffer for each, because freed ones may stay with the allocator, and some room for everything else.
        let most = 4 * MIB + usize::from(number) * 2 * MIB;
        assert!(protecting < most, "{number}: {protecting}");
        assert!(unprotecting < most, "{number}: {unprotecting}");
        // Verifying takes two threads whenever there are two processors.
        assert!(verifying < most.max(8 * MIB), "{number}: {verifying}");
    }
}
