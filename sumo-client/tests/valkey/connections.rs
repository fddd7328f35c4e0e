//! Each way to reach a server: with TLS, as a cluster, named by sentinels.

use std::path::Path;
use std::time::Instant;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use sumo_client::{BudgetStore, ValkeyStore};

use super::server::{PASSWORD, Server, connect, free_port};
use super::{PATIENCE, check_store};

fn texts<const N: usize>(arguments: [&str; N]) -> Vec<String> {
    arguments.map(str::to_owned).into()
}

/// A certificate authority, and a server's certificate and key of it in files.
fn certificates(folder: &Path) -> String {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    authority.pem()
}

/// The arguments for TLS on a port, with the files of [`certificates`].
fn tls_arguments(port: u16, folder: &Path) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    let files =
        [("--tls-ca-cert-file", "ca.pem"), ("--tls-cert-file", "cert.pem"), ("--tls-key-file", "key.pem")];
    let files = files.into_iter().flat_map(|(flag, name)| [flag.to_owned(), file(name)]);
    let port = ["--tls-port".to_owned(), port.to_string()];
    let flags = texts(["--tls-auth-clients", "no", "--requirepass", PASSWORD]);
    port.into_iter().chain(files).chain(flags).collect()
}

#[tokio::test]
async fn a_server_with_tls_is_trusted_by_its_own_authority_alone() {
    let (port, mut authority) = (free_port(), String::new());
    let started = Server::with(|_, folder| {
        authority = certificates(folder);
        tls_arguments(port, folder)
    });
    let Some(_server) = started else { return };
    let builder = || ValkeyStore::builder(format!("rediss://127.0.0.1:{port}/0")).password(PASSWORD);
    let store = builder().root_certificates(authority).build().unwrap();
    connect(&store).await;
    check_store(&store).await;
    let strangers = CertificateParams::default().self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
    for store in [builder().build(), builder().root_certificates(strangers).build()] {
        let error = store.unwrap().connect().await.unwrap_err();
        assert!(format!("{error:#?}").to_lowercase().contains("certificate"), "{error:#?}");
    }
}

#[tokio::test]
async fn a_cluster_keeps_each_budget_on_one_of_its_nodes() {
    let started = Server::with(|_, _| {
        texts([
            "--cluster-enabled",
            "yes",
            "--cluster-port",
            &free_port().to_string(),
            "--requirepass",
            PASSWORD,
        ])
    });
    let Some(server) = started else { return };
    // It has no slots yet, but answers.
    connect(&server.store()).await;
    assert_eq!(server.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]), "OK");
    let url = format!("redis-cluster://127.0.0.1:{0},127.0.0.1:{0}", server.port);
    let store = ValkeyStore::builder(url).password(PASSWORD).build().unwrap();
    connect(&store).await;
    let began = Instant::now();
    while !server.ask(&["CLUSTER", "INFO"]).contains("cluster_state:ok") {
        assert!(began.elapsed() < PATIENCE, "the cluster does not come up");
        tokio::task::yield_now().await;
    }
    check_store(&store).await;
    assert!(server.ask(&["DBSIZE"]).parse::<u32>().unwrap() >= 2, "the budgets are on the cluster");
}

#[tokio::test]
async fn sentinels_name_the_server() {
    let Some(server) = Server::start() else { return };
    connect(&server.store()).await;
    let started = Server::with(|_, folder| {
        let file = folder.join("sentinel.conf");
        let settings = format!(
            "sentinel monitor budget 127.0.0.1 {} 1\nsentinel auth-pass budget {PASSWORD}\n",
            server.port
        );
        std::fs::write(&file, settings).unwrap();
        vec![file.display().to_string(), "--sentinel".to_owned()]
    });
    let Some(sentinel) = started else { return };
    let url = format!("redis-sentinel://127.0.0.1:{}/budget", sentinel.port);
    let store = ValkeyStore::builder(url).password(PASSWORD).build().unwrap();
    connect(&store).await;
    check_store(&store).await;
    assert!(!server.keys().is_empty(), "the budgets are on the server that the sentinel named");
}
