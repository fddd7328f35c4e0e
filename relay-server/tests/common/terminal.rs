//! The built program on a pseudo-terminal, as a person sees it.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A command that has ended.
pub(crate) struct Shown {
    pub(crate) status: Option<i32>,
    /// All that the terminal got, with its control sequences, and lines that end in a line feed.
    pub(crate) screen: String,
    /// Standard error, unless it went to the terminal.
    pub(crate) err: String,
}

/// Runs a command to its end, with standard input and output on a terminal of so many columns.
pub(crate) fn run(mut command: Command, columns: u16) -> Shown {
    let (terminal, far_end) = open(columns);
    command.stdin(handle(&far_end)).stdout(far_end).stderr(Stdio::piped());
    finish(command, terminal)
}

/// The same, with standard error on the terminal, too.
pub(crate) fn run_whole(mut command: Command, columns: u16) -> Shown {
    let (terminal, far_end) = open(columns);
    command.stdin(handle(&far_end)).stderr(handle(&far_end)).stdout(far_end);
    finish(command, terminal)
}

fn handle(file: &File) -> Stdio {
    file.try_clone().unwrap().into()
}

fn open(columns: u16) -> (File, File) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let path = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let far_end = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let size = Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&far_end, size).unwrap();
    (terminal.into(), far_end)
}

/// Reads until the last handle of the far end is closed, which ends reading with an error.
fn finish(mut command: Command, mut terminal: File) -> Shown {
    if command.get_envs().all(|(name, _)| name != "TERM") {
        command.env("TERM", "xterm-256color");
    }
    let child = command.spawn().unwrap();
    drop(command);
    let reader = std::thread::spawn(move || {
        let (mut screen, mut part) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = terminal.read(&mut part) {
            screen.extend_from_slice(&part[..count]);
        }
        screen
    });
    let done = child.wait_with_output().unwrap();
    let screen = String::from_utf8(reader.join().unwrap()).unwrap().replace("\r\n", "\n");
    let err = String::from_utf8(done.stderr).unwrap();
    Shown { status: done.status.code(), screen, err }
}
