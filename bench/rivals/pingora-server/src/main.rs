// Passes every request on to one upstream: `pingora-server PORT UPSTREAM_PORT`. One thread, as all others in the comparison;
// no access log.

use async_trait::async_trait;
use pingora::prelude::*;
use pingora::proxy::{http_proxy_service, ProxyHttp, Session};
use pingora::server::configuration::ServerConf;

struct Forward {
    upstream: String,
}

#[async_trait]
impl ProxyHttp for Forward {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn upstream_peer(&self, _: &mut Session, _: &mut ()) -> Result<Box<HttpPeer>> {
        let peer = HttpPeer::new(self.upstream.as_str(), false, String::new());
        Ok(Box::new(peer))
    }
}

fn main() {
    let ports: Vec<u16> = std::env::args()
        .skip(1)
        .map(|text| text.parse().expect("a port"))
        .collect();
    let conf = ServerConf {
        threads: 1,
        upstream_keepalive_pool_size: 256,
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let forward = Forward {
        upstream: format!("127.0.0.1:{}", ports[1]),
    };
    let mut service = http_proxy_service(&server.configuration, forward);
    service.add_tcp(&format!("127.0.0.1:{}", ports[0]));
    server.add_service(service);
    server.run_forever();
}
