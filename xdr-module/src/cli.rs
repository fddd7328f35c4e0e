//! Settings as flags and environment variables of a program.
//!
//! Flatten [`Settings`](crate::Settings) into the arguments of a program, parse them with
//! [`parse`], and run the module with [`serve`](crate::serve()); or let [`run`] do all but the
//! last.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};

use crate::config_file::{ConfigFile, ConfigFileError};
use crate::masking::masked;
use crate::names::{feature_of, nearest};
use crate::serve::{ServeError, StartMessages};
use crate::telemetry::causes::Causes;

/// The start of the names of all environment variables of a service.
const PREFIX: &str = "RELAY_";

/// Arguments that cannot be used, with the text for the user.
#[derive(Debug)]
pub struct ArgumentError {
    text: String,
    is_help: bool,
}

impl ArgumentError {
    /// Returns true if the text is what the user asked for, such as help, and not a complaint.
    pub fn is_help(&self) -> bool {
        self.is_help
    }
}

impl ArgumentError {
    fn of_file(error: ConfigFileError) -> Self {
        Self { text: format!("error: {CONFIG_VARIABLE} (--config-file): {error}\n"), is_help: false }
    }
}

const CONFIG_VARIABLE: &str = "RELAY_CONFIG_FILE";

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ArgumentError {}

/// Parses the arguments of the program.
///
/// # Errors
/// Returns an error if they cannot be used. A value that is refused is named by its environment
/// variable and its flag.
pub fn parse<P: CommandFactory + FromArgMatches>() -> Result<P, ArgumentError> {
    parse_from(std::env::args_os())
}

/// Parses these words as the arguments of the program; the first word is its name.
///
/// # Errors
/// As for [`parse`].
pub fn parse_from<P: CommandFactory + FromArgMatches>(
    words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<P, ArgumentError> {
    parse_all_from(words).map(|parsed| parsed.arguments)
}

/// Arguments that were parsed, with what a program says about them in its log.
#[derive(Debug)]
#[non_exhaustive]
pub struct Parsed<P> {
    /// The arguments.
    pub arguments: P,
    /// All settings with their values, as `RELAY_LISTEN=0.0.0.0:9090 …`; those that are not the
    /// default say where they come from, and secrets are masked.
    pub in_force: String,
}

/// Parses these words as the arguments of the program, as [`parse_from`] does.
///
/// Settings that neither a flag nor a variable gives are taken from the file that `--config-file`
/// or `RELAY_CONFIG_FILE` names, if there is one, under the names of their flags. Settings are the
/// arguments with a flag and an environment variable, your own among them.
///
/// # Errors
/// As for [`parse`], and when the file cannot be read or used.
pub fn parse_all_from<P: CommandFactory + FromArgMatches>(
    words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Parsed<P>, ArgumentError> {
    let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
    let mut command = with_negative_numbers(P::command());
    let mut matches = command.try_get_matches_from_mut(&words);
    let file = without_missing::<P>(&matches, &words).map(|seen| config_file(&command, &seen)).transpose()?;
    let file = file.flatten();
    if let Some(file) = &file {
        command = with_defaults(with_negative_numbers(P::command()), file);
        matches = command.try_get_matches_from_mut(&words);
    }
    let matches = matches.map_err(|error| explain(&error, &command, file.as_ref()))?;
    let in_force = in_force(&command, &matches, file.as_ref());
    let arguments =
        P::from_arg_matches(&matches).map_err(|error| explain(&error, &command, file.as_ref()))?;
    Ok(Parsed { arguments, in_force })
}

/// Returns the arguments if nothing is wrong with them but that some are missing, which the
/// configuration file may give.
fn without_missing<P: CommandFactory>(
    matches: &Result<ArgMatches, clap::Error>,
    words: &[OsString],
) -> Option<ArgMatches> {
    match matches {
        Ok(matches) => Some(matches.clone()),
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
            with_negative_numbers(P::command()).ignore_errors(true).try_get_matches_from(words).ok()
        }
        Err(_) => None,
    }
}

/// Reads the configuration file that the arguments name, if there is one.
fn config_file(command: &Command, matches: &ArgMatches) -> Result<Option<ConfigFile>, ArgumentError> {
    let (command, matches) = innermost(command, matches);
    let path = matches.try_get_one::<PathBuf>(CONFIG_FILE).ok().flatten();
    let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) else { return Ok(None) };
    let file = ConfigFile::read(path.clone()).map_err(ArgumentError::of_file)?;
    file.check_names(&flags(command)).map_err(ArgumentError::of_file)?;
    Ok(Some(file))
}

/// Returns the command that is run, which may be one of another.
fn innermost<'a>(command: &'a Command, matches: &'a ArgMatches) -> (&'a Command, &'a ArgMatches) {
    let inner =
        matches.subcommand().and_then(|(name, matches)| Some((command.find_subcommand(name)?, matches)));
    inner.map_or((command, matches), |(command, matches)| innermost(command, matches))
}

/// The id of the argument that names the configuration file.
const CONFIG_FILE: &str = "config_file";

/// Returns the flags of the settings of a command, without the hyphens before them.
fn flags(command: &Command) -> Vec<String> {
    let settings = command.get_arguments().filter(|argument| is_setting(argument));
    settings.filter_map(|argument| argument.get_long().map(str::to_owned)).collect()
}

/// Returns true for an argument that has an environment variable: of these, a configuration file
/// takes all but its own name.
fn is_setting(argument: &Arg) -> bool {
    argument.get_env().is_some() && argument.get_id() != CONFIG_FILE
}

/// Returns the command with settings that take `-1` as their value, which their parsers refuse with
/// the range, and not as a flag.
fn with_negative_numbers(command: Command) -> Command {
    let command =
        command.mut_args(|argument| match is_setting(&argument) && argument.get_action().takes_values() {
            true => argument.allow_negative_numbers(true),
            false => argument,
        });
    command.mut_subcommands(with_negative_numbers)
}

/// Returns the command with the values of the file as defaults, so that variables and flags win
/// over them.
fn with_defaults(command: Command, file: &ConfigFile) -> Command {
    let command = command.mut_args(|argument| {
        let value = argument.get_long().and_then(|flag| file.value(flag)).map(str::to_owned);
        match value {
            Some(value) if is_setting(&argument) => argument.required(false).default_value(value),
            _ => argument,
        }
    });
    command.mut_subcommands(|command| with_defaults(command, file))
}

fn in_force(command: &Command, matches: &ArgMatches, file: Option<&ConfigFile>) -> String {
    let (command, matches) = innermost(command, matches);
    let settings = command.get_arguments().filter_map(|argument| {
        let variable = argument.get_env()?.to_string_lossy().into_owned();
        let id = argument.get_id().as_str();
        let values = matches.try_get_raw(id).ok().flatten()?;
        let value = values.map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(",");
        let source = match matches.value_source(id)? {
            ValueSource::CommandLine => " (flag)",
            ValueSource::EnvVariable => " (variable)",
            _ if argument
                .get_long()
                .is_some_and(|flag| file.is_some_and(|file| file.value(flag).is_some())) =>
            {
                " (file)"
            }
            _ => "",
        };
        let value = if argument.is_hide_env_values_set() { "***".to_owned() } else { masked(&value) };
        Some(format!("{variable}={value}{source}"))
    });
    settings.collect::<Vec<_>>().join(" ")
}

/// Runs a program: parses its arguments, runs it, and tells the user what went wrong, on standard
/// error.
///
/// `program` is given the arguments, and messages for [`serve`](crate::serve()): the settings in
/// force, and the warnings of [`unknown_variables`]. The exit status is 2 when arguments or
/// settings are at fault, 3 when the program was stopped and had to cut requests, and 1 for all
/// other errors.
pub fn run<P>(program: impl FnOnce(P, StartMessages) -> Result<(), ServeError>) -> ExitCode
where
    P: CommandFactory + FromArgMatches,
{
    let Parsed { arguments, in_force } = match parse_all_from::<P>(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(error) => {
            let written = match error.is_help() {
                true => write!(io::stdout(), "{error}"),
                false => write!(io::stderr(), "{error}"),
            };
            // Nobody reads what the program says; its status still tells.
            drop(written);
            return if error.is_help() { ExitCode::SUCCESS } else { USAGE.into() };
        }
    };
    let messages = StartMessages { in_force, warnings: unknown_variables::<P>() };
    let Err(error) = program(arguments, messages) else { return ExitCode::SUCCESS };
    drop(write!(io::stderr(), "{}", text_of(&error)));
    error.exit_status().into()
}

fn text_of(error: &ServeError) -> String {
    format!("error: {}\n", Causes(error))
}

/// The exit status of a program whose arguments or settings cannot be used.
const USAGE: u8 = 2;

fn explain(error: &clap::Error, command: &Command, file: Option<&ConfigFile>) -> ArgumentError {
    let is_help = !error.use_stderr();
    let place = file.map(|file| format!(" (in {})", file.path().display())).unwrap_or_default();
    let text = setting_problem(error, command).map(|text| format!("error: {text}{place}\n"));
    ArgumentError { text: text.unwrap_or_else(|| error.render().to_string()), is_help }
}

/// Returns the text for a value that is refused, such as `RELAY_LISTEN (--listen): …`.
fn setting_problem(error: &clap::Error, command: &Command) -> Option<String> {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        return None;
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let flag = text(ContextKind::InvalidArg)?.split(' ').next()?;
    let (variable, is_secret) = variable_of(command, flag)?;
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let reason = match (std::error::Error::source(error), error.get(ContextKind::ValidValue)) {
        (Some(source), _) => source.to_string(),
        (None, Some(ContextValue::Strings(values))) => format!("expected one of {}", values.join(", ")),
        _ => "it cannot be used".to_owned(),
    };
    let value = if is_secret { "the secret".to_owned() } else { format!("{:?}", masked(value)) };
    Some(format!("{variable} ({flag}): {value} cannot be used: {reason}"))
}

/// Returns the variable of a flag, and true if its value is a secret.
fn variable_of(command: &Command, flag: &str) -> Option<(String, bool)> {
    let own = command
        .get_arguments()
        .find(|argument| argument.get_long().is_some_and(|long| flag.strip_prefix("--") == Some(long)));
    let own = own.and_then(|argument| {
        let name = argument.get_env()?.to_string_lossy().into_owned();
        Some((name, argument.is_hide_env_values_set()))
    });
    own.or_else(|| command.get_subcommands().find_map(|command| variable_of(command, flag)))
}

/// Returns a warning for each variable of the environment that looks like a setting of `command`
/// and is none.
pub fn unknown_variables<P: CommandFactory>() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    unknown_among(names, &variables(&P::command()))
}

fn variables(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(|argument| argument.get_env());
    let own = own.map(|name| name.to_string_lossy().into_owned());
    own.chain(command.get_subcommands().flat_map(variables)).collect()
}

fn unknown_among(names: impl Iterator<Item = String>, known: &[String]) -> Vec<String> {
    let unknown = names.filter(|name| name.starts_with(PREFIX) && !known.contains(name));
    let mut warnings: Vec<_> = unknown.map(|name| warning(&name, known)).collect();
    warnings.sort();
    warnings
}

fn warning(name: &str, known: &[String]) -> String {
    if let Some(feature) = feature_of(name) {
        return format!("{name} has no effect: this program is built without the feature {feature}");
    }
    match nearest(name, PREFIX, known) {
        Some(nearest) => format!("{name} is not a setting and has no effect; did you mean {nearest}?"),
        None => format!("{name} is not a setting and has no effect"),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use clap::Parser;

    use super::*;
    use crate::auth::allow_list::Audiences;
    use crate::{Config, SettingError, Settings};

    #[derive(Debug, Parser)]
    struct Arguments {
        #[command(flatten)]
        settings: Settings,
    }

    fn settings(flags: &[&str]) -> Result<Settings, ArgumentError> {
        let words = std::iter::once("module").chain(flags.iter().copied());
        parse_from::<Arguments>(words).map(|arguments| arguments.settings)
    }

    fn config(flags: &[&str]) -> Result<Config, SettingError> {
        Config::from_settings(&settings(flags).unwrap())
    }

    #[test]
    fn nothing_set_is_the_default() {
        assert_eq!(settings(&[]).unwrap(), Settings::default());
        assert_eq!(format!("{:?}", config(&[]).unwrap()), format!("{:?}", Config::default()));
    }

    #[test]
    fn lists_replace_their_defaults() {
        let config = config(&[
            "--jwks-hosts=127.0.0.1:8443, keys.example.com,",
            "--public-urls=https://relay.example.com/,http://localhost:9090",
            "--max-body-kib=2",
            "--deadline-seconds=2.5",
        ])
        .unwrap();
        assert_eq!(config.jwks_hosts.iter().collect::<Vec<_>>(), ["127.0.0.1:8443", "keys.example.com"]);
        let urls = ["https://relay.example.com", "http://localhost:9090"].map(str::to_owned);
        assert_eq!(config.audiences, Audiences::Configured(urls.into()));
        assert_eq!(config.requests.max_body_bytes, 2048);
        assert_eq!(config.requests.deadline.as_millis(), 2500);
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_named_by_variable_and_flag() {
        for (flag, variable) in [
            ("--listen=9090", "RELAY_LISTEN"),
            ("--deadline-seconds=0", "RELAY_DEADLINE_SECONDS"),
            ("--deadline-seconds=NaN", "RELAY_DEADLINE_SECONDS"),
            ("--max-in-flight=0", "RELAY_MAX_IN_FLIGHT"),
            ("--max-body-kib=65537", "RELAY_MAX_BODY_KIB"),
            ("--max-observables=x", "RELAY_MAX_OBSERVABLES"),
            ("--log-format=xml", "RELAY_LOG_FORMAT"),
            ("--log=loud", "RELAY_LOG"),
            ("--fingerprint-key=short", "RELAY_FINGERPRINT_KEY"),
        ] {
            let error = settings(&[flag]).unwrap_err();
            let name = flag.split('=').next().unwrap();
            let start = format!("error: {variable} ({name}): ");
            assert!(error.to_string().starts_with(&start) && !error.is_help(), "{error}");
        }
        for (flag, variable) in [
            ("--public-urls=relay.example.com", "RELAY_PUBLIC_URLS"),
            ("--public-urls=ftp://relay.example.com", "RELAY_PUBLIC_URLS"),
            ("--public-urls=https://u:p@relay.example.com", "RELAY_PUBLIC_URLS"),
            ("--public-urls=https://relay.example.com/?a", "RELAY_PUBLIC_URLS"),
            ("--public-urls=https://relay.example.com:443", "RELAY_PUBLIC_URLS"),
            ("--public-urls=https://Relay.example.com", "RELAY_PUBLIC_URLS"),
            ("--public-urls=https://a.example;https://b.example", "RELAY_PUBLIC_URLS"),
            ("--jwks-hosts=https://a", "RELAY_JWKS_HOSTS"),
            ("--jwks-hosts=a:443", "RELAY_JWKS_HOSTS"),
            ("--trusted-proxies=proxy", "RELAY_TRUSTED_PROXIES"),
            ("--jwks-file=/does/not/exist", "RELAY_JWKS_FILE"),
            ("--jwks-file=Cargo.toml", "RELAY_JWKS_FILE"),
            ("--extra-ca-file=/does/not/exist", "RELAY_EXTRA_CA_FILE"),
            ("--extra-ca-file=Cargo.toml", "RELAY_EXTRA_CA_FILE"),
            ("--tls-cert-file=a.pem", "RELAY_TLS_KEY_FILE"),
            ("--tls-key-file=a.pem", "RELAY_TLS_CERT_FILE"),
        ] {
            let error = config(&[flag]).err().unwrap();
            assert_eq!(error.variable(), variable, "{flag}");
            let name = flag.split('=').next().unwrap();
            assert!(error.to_string().contains(name) || variable.contains("TLS"), "{error}");
        }
    }

    #[test]
    fn a_negative_number_is_refused_with_the_range() {
        for flag in ["--max-observables", "--deadline-seconds"] {
            let error = settings(&[flag, "-1"]).unwrap_err().to_string();
            assert!(error.contains(&format!("({flag}): \"-1\" cannot be used: ")), "{error}");
        }
    }

    #[test]
    fn the_admin_listener_leaves_the_public_port_free() {
        for (listen, admin, is_fine) in [
            ("127.0.0.1:9090", "127.0.0.1:9090", false),
            (":9090", "127.0.0.1:9090", false),
            ("127.0.0.1:9090", "0.0.0.0:9090", false),
            ("[::]:9090", "127.0.0.1:9090", false),
            ("0.0.0.0:9090", "[::]:9090", false),
            ("0.0.0.0:9090", "[::1]:9090", true),
            ("127.0.0.1:9090", "127.0.0.2:9090", true),
            ("127.0.0.1:9090", "127.0.0.1:9091", true),
            ("127.0.0.1:0", "127.0.0.1:0", true),
        ] {
            let checked = config(&[&format!("--listen={listen}"), &format!("--admin-listen={admin}")]);
            assert_eq!(checked.is_ok(), is_fine, "{listen} {admin}");
            let Err(error) = checked else { continue };
            assert_eq!(error.variable(), "RELAY_ADMIN_LISTEN");
            let told = ["(--admin-listen)", "RELAY_LISTEN (--listen)"];
            assert!(told.iter().all(|told| error.to_string().contains(told)), "{error}");
        }
    }

    #[test]
    fn the_error_of_a_setting_keeps_the_error_of_its_file() {
        let error = config(&["--jwks-file=/does/not/exist"]).unwrap_err();
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        assert!(causes.last().unwrap().is::<io::Error>());
        // Each error names its cause, and none is told twice.
        assert_eq!(Causes(&error).to_string(), error.to_string());
    }

    #[test]
    fn a_secret_that_cannot_be_used_is_not_repeated() {
        let error = settings(&["--fingerprint-key=hush-hush"]).unwrap_err().to_string();
        assert!(error.contains("at least 16") && !error.contains("hush"), "{error}");
    }

    /// Parses flags beside a file with this text.
    fn with_file(text: &str, flags: &[&str]) -> Result<Parsed<Arguments>, ArgumentError> {
        with_file_of(text, flags)
    }

    fn with_file_of<P: Parser>(text: &str, flags: &[&str]) -> Result<Parsed<P>, ArgumentError> {
        let path = std::env::temp_dir().join(format!("xdr-module-{}.toml", uuid::Uuid::new_v4()));
        std::fs::write(&path, text).unwrap();
        let file = format!("--config-file={}", path.display());
        let words = ["module", &file].into_iter().chain(flags.iter().copied());
        let parsed = parse_all_from::<P>(words);
        std::fs::remove_file(path).unwrap();
        parsed
    }

    #[test]
    fn a_file_gives_what_no_flag_does() {
        let text = "listen = \"127.0.0.1:1\"\nmax_observables = 7\ndeadline-seconds = 2.5\n\
                    public-urls = [\"https://a.example\", \"https://b.example\"]\n";
        let parsed = with_file(text, &["--max-observables=8"]).unwrap();
        let settings = &parsed.arguments.settings;
        assert_eq!((settings.listen.port(), settings.requests.max_observables), (1, 8));
        assert_eq!(settings.requests.deadline.as_millis(), 2500);
        assert_eq!(settings.public_urls, ["https://a.example", "https://b.example"]);
        for told in
            ["RELAY_LISTEN=127.0.0.1:1 (file)", "RELAY_MAX_OBSERVABLES=8 (flag)", "RELAY_MAX_IN_FLIGHT=256 "]
        {
            assert!(parsed.in_force.contains(told), "{told} is not in {}", parsed.in_force);
        }
    }

    /// A program with settings of its own.
    #[derive(Debug, Parser)]
    struct Own {
        #[command(flatten)]
        settings: Settings,
        #[arg(long, env = "RELAY_BAD_FILE")]
        bad_file: PathBuf,
        #[arg(long, env = "GEO_MOST")]
        most: u32,
        /// Not a setting, since it has no variable.
        #[arg(long)]
        check: bool,
    }

    #[test]
    fn a_file_gives_required_settings_of_the_program() {
        let file = |text: &str, flags: &[&str]| with_file_of::<Own>(text, flags);
        let text = "bad-file = \"bad.txt\"\nmost = 7\n";
        let own = file(text, &[]).unwrap();
        assert_eq!((own.arguments.bad_file.to_str().unwrap(), own.arguments.most), ("bad.txt", 7));
        assert!(own.in_force.contains("GEO_MOST=7 (file)"), "{}", own.in_force);
        let own = file(text, &["--most=8", "--check"]).unwrap().arguments;
        assert_eq!((own.most, own.check), (8, true));
        for (text, flags, told) in [
            ("most = 7\n", &[][..], "--bad-file"),
            ("bad-file = \"bad.txt\"\nmost = \"many\"\n", &[][..], "GEO_MOST (--most): \"many\" cannot"),
            ("check = true\n", &[][..], "check is not a setting"),
            ("most = 7\n", &["--nothing"][..], "unexpected argument"),
        ] {
            let error = file(text, flags).unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
        let error = parse_from::<Own>(["module"]).unwrap_err().to_string();
        assert!(error.contains("--bad-file") && error.contains("--most"), "{error}");
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named_with_the_setting() {
        for (text, told) in [
            ("listen = \"nowhere\"", "RELAY_LISTEN (--listen): \"nowhere\" cannot be used"),
            ("max-observables = 0", "RELAY_MAX_OBSERVABLES (--max-observables): \"0\""),
            ("listn = \"127.0.0.1:1\"", "listn is not a setting; did you mean listen?"),
            ("RELAY_LISTEN = \":1\"", "RELAY_LISTEN is not a setting; write listen"),
            ("relay_max_in_flight = 1", "relay_max_in_flight is not a setting; write max-in-flight"),
            ("RELAY_LISTN = \":1\"", "RELAY_LISTN is not a setting; did you mean listen?"),
            ("config-file = \"a\"", "config-file is not a setting"),
            ("listen = ", "is not TOML at line 1: "),
            ("[server]\nlisten = \":1\"", "server: a file of settings has no tables"),
            ("listen = 2024-05-01", "listen: expected a text, a number, true or false, or a list of texts"),
            ("log = \"\"", "RELAY_LOG (--log)"),
        ] {
            let error = with_file(text, &[]).err().unwrap().to_string();
            assert!(error.contains(told) && error.contains(".toml"), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_that_is_not_toml_is_refused_without_its_secrets() {
        for line in [
            "fingerprint-key = \"hush-hush",
            "fingerprint-key = hush-hush",
            "fingerprint-key = \"hush-hush\" \"hush-hush\"",
            "fingerprint-key = \"\\hush-hush\"",
            "fingerprint-key = 'hush-hush\n'",
            "fingerprint-key \"hush-hush\"",
            "fingerprint-key = 1hush-hush",
            "fingerprint-key = \"hush-hush\"\nfingerprint-key = \"hush-hush\"",
        ] {
            let error = with_file(&format!("# ä\nlisten = \":1\"\n{line}"), &[]).err().unwrap().to_string();
            let is_placed = ["at line 3: ", "at line 4: "].iter().any(|place| error.contains(place));
            assert!(is_placed && !error.contains("hush"), "{line}: {error}");
        }
    }

    #[test]
    fn a_value_that_is_refused_is_shown_without_its_password() {
        let error = settings(&["--listen=https://user:hush@[::1"]).unwrap_err().to_string();
        assert!(error.contains("\"https://user:***@[::1\"") && !error.contains("hush"), "{error}");
        let error = config(&["--public-urls=https://user:hush@relay.example.com"]).unwrap_err().to_string();
        assert!(error.contains("user:***@relay.example.com") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn settings_in_force_hold_no_secret() {
        let secret = "a-secret-of-many-letters";
        let parsed = parse_all_from::<Arguments>(["module", &format!("--fingerprint-key={secret}")]).unwrap();
        assert!(parsed.in_force.contains("RELAY_FINGERPRINT_KEY=*** (flag)"), "{}", parsed.in_force);
        assert!(!parsed.in_force.contains(secret));
    }

    #[test]
    fn an_error_is_told_with_its_causes_and_none_of_them_twice() {
        let cause = || "the disk is full".into();
        assert_eq!(text_of(&ServeError::Settings(cause())), "error: the disk is full\n");
        let text = text_of(&ServeError::Module(cause()));
        assert_eq!(text, "error: cannot set up the module: the disk is full\n");
    }

    #[test]
    fn help_is_not_a_complaint() {
        let help = settings(&["--help"]).unwrap_err();
        assert!(help.is_help() && help.to_string().contains("RELAY_LISTEN"), "{help}");
        assert!(!settings(&["--nothing"]).unwrap_err().is_help());
    }

    #[test]
    fn variables_that_are_not_settings_are_told() {
        let mut known = variables(&Arguments::command());
        known.retain(|name| name != "RELAY_OTLP_ENDPOINT");
        let names =
            ["RELAY_LISTEN", "RELAY_LISTN", "RELAY_OTLP_ENDPOINT", "RELAY_XYZ", "PATH"].map(str::to_owned);
        let expected = [
            "RELAY_LISTN is not a setting and has no effect; did you mean RELAY_LISTEN?",
            "RELAY_OTLP_ENDPOINT has no effect: this program is built without the feature otlp",
            "RELAY_XYZ is not a setting and has no effect",
        ];
        assert_eq!(unknown_among(names.into_iter(), &known), expected);
    }
}
