//! The watch against real files, with deadlines instead of waits.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);

fn quick(poll: Duration) -> WatchTimes {
    WatchTimes {
        quiet: Duration::from_millis(20),
        quiet_wait_max: Duration::from_secs(1),
        poll,
    }
}

/// A watch over one file that reports the file's content after each change.
fn watch(path: &Path, times: WatchTimes) -> (Watch, Receiver<String>) {
    let (sender, receiver) = channel();
    let file = path.to_owned();
    let changed = move || {
        let seen = vec![Seen::now(&file)];
        let _ = sender.send(std::fs::read_to_string(&file).unwrap_or_default());
        seen
    };
    (
        Watch::start(vec![Seen::now(path)], times, changed).unwrap(),
        receiver,
    )
}

fn expect(receiver: &Receiver<String>, content: &str) {
    let until = Instant::now() + DEADLINE;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left) {
            Ok(seen) if seen == content => return,
            Ok(_) => {}
            Err(_) => panic!("{content:?} was never seen"),
        }
    }
}

/// Notifications only: the poll would come after the deadline.
fn notified() -> WatchTimes {
    quick(DEADLINE * 10)
}

#[test]
fn a_configmap_swap_is_seen_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let release = |name: &str, content: &str| -> PathBuf {
        let release = folder.path().join(name);
        std::fs::create_dir(&release).unwrap();
        std::fs::write(release.join("krakend.json"), content).unwrap();
        release
    };
    let swap = |release: &Path| {
        let next = folder.path().join("..data_tmp");
        symlink(release, &next).unwrap();
        std::fs::rename(next, folder.path().join("..data")).unwrap();
    };
    let first = release("..2026_01", "one");
    swap(&first);
    let path = folder.path().join("krakend.json");
    symlink("..data/krakend.json", &path).unwrap();

    let (_watch, receiver) = watch(&path, notified());
    let second = release("..2026_02", "two");
    swap(&second);
    std::fs::remove_dir_all(first).unwrap();
    expect(&receiver, "two");
    let third = release("..2026_03", "three");
    swap(&third);
    std::fs::remove_dir_all(second).unwrap();
    expect(&receiver, "three");
}

#[test]
fn a_replaced_and_a_rewritten_file_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krakend.json");
    std::fs::write(&path, "one").unwrap();
    let (_watch, receiver) = watch(&path, notified());
    let next = folder.path().join("krakend.json~");
    std::fs::write(&next, "two").unwrap();
    std::fs::rename(next, &path).unwrap();
    expect(&receiver, "two");
    std::fs::write(&path, "three").unwrap();
    expect(&receiver, "three");
}

#[test]
fn the_poll_finds_what_no_notification_tells() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krakend.json");
    std::fs::write(&path, "one").unwrap();
    let (sender, receiver) = channel();
    let (_signs, received) = sync_channel(SIGNS_MAX);
    let file = path.clone();
    let mut state = State {
        seen: vec![Seen::now(&path)],
        times: quick(Duration::from_millis(20)),
        changed: move || {
            let _ = sender.send(std::fs::read_to_string(&file).unwrap_or_default());
            vec![Seen::now(&file)]
        },
        folders: Folders::new(None::<RecommendedWatcher>),
        received,
        end: Arc::default(),
    };
    std::thread::spawn(move || state.run());
    std::fs::write(&path, "two!").unwrap();
    expect(&receiver, "two!");
}

#[test]
fn a_change_between_reading_and_watching_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krakend.json");
    std::fs::write(&path, "one").unwrap();
    let seen = vec![Seen::now(&path)];
    std::fs::write(&path, "changed").unwrap();
    let (sender, receiver) = channel();
    let file = path.clone();
    let _watch = Watch::start(seen, notified(), move || {
        let _ = sender.send(std::fs::read_to_string(&file).unwrap_or_default());
        vec![Seen::now(&file)]
    })
    .unwrap();
    expect(&receiver, "changed");
}

#[test]
fn other_files_of_the_folder_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krakend.json");
    std::fs::write(&path, "one").unwrap();
    let (watch, receiver) = watch(&path, notified());
    std::fs::write(folder.path().join("access.log"), "line").unwrap();
    std::fs::write(&path, "two!").unwrap();
    expect(&receiver, "two!");
    drop(watch);
    assert_eq!(receiver.try_iter().count(), 0);
}
