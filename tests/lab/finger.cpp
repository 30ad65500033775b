// See finger.hpp.
#include "finger.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "fakes/tls/lean_provider.hpp"
#include "harness/lab/child.hpp"
#include "harness/run/spawn.hpp"
#include "harness/run/stage.hpp"
#include "harness/servers/layout.hpp"
#include "harness/servers/surroundings.hpp"
#include "harness/xml/read.hpp"

namespace smtprig::tests {
namespace {

namespace asio = boost::asio;

constexpr int fingers_at_once = 8;
constexpr std::chrono::seconds finger_deadline{60};

// The scenario as seen by who is told of one of its hosts only.
std::shared_ptr<const model::Scenario> alone(const model::Scenario& scenario,
                                             const model::MxRecord& mx) {
  auto only = scenario;
  only.mx = {mx};
  only.id += "/" + mx.target;
  std::erase_if(only.hosts, [&](const model::Host& host) { return host.name != mx.target; });
  return std::make_shared<const model::Scenario>(std::move(only));
}

struct FingerLab {
  asio::io_context io{1};
  lab::Network network{lab::Mode::isolated};
  fakes::tls::Authority authority;
  fakes::dns::Table table;
  std::shared_ptr<fakes::tls::Contexts> contexts = std::make_shared<fakes::tls::Contexts>();
  fakes::dns::Server dns{io, asio::ip::udp::endpoint(network.dns(), network.dns_port()), table, {}};
  std::filesystem::path folder = lab::scratch_directory();
  std::deque<FingerRow> waiting;
  std::list<fakes::Journal> journals;  // sessions that are being stopped may still write
  Findings findings;

  asio::awaitable<void> work() {
    while (!waiting.empty()) {
      const FingerRow row = waiting.front();
      waiting.pop_front();
      const run::Common common{io, network, table, authority, {}, contexts};
      const run::Stage stage(common, row.cell, journals.emplace_back(), [] {});
      lab::ChildSettings settings;
      settings.argv = {"/usr/sbin/posttls-finger",         "-v",      "-F", folder / "ca.pem", "-l",
                       std::string(name(row.cell.policy)), row.target};
      settings.environment.push_back("MAIL_CONFIG=" + folder.string());
      settings.directory = folder;
      settings.network = &network;
      const auto done = co_await lab::run_child(io, std::move(settings), finger_deadline);
      findings[row.cell.id()] = done.timed_out ? "timed out\n" + done.output : done.output;
    }
  }
};

}  // namespace

std::vector<FingerRow> finger_rows(const std::filesystem::path& path) {
  const auto suite = xml::read_suites({path});
  if (!suite.problems.empty())
    throw lab::LabError("read the scenarios", suite.problems.front().text());
  std::vector<FingerRow> rows;
  for (const auto& scenario : suite.scenarios)
    for (const auto policy : {model::Policy::dane, model::Policy::dane_only}) {
      if (!scenario->has(policy)) continue;
      std::vector<std::shared_ptr<const model::Scenario>> parts{scenario};
      if (scenario->mx.size() > 1) {
        parts.clear();
        for (const auto& mx : scenario->mx)
          parts.push_back(alone(*scenario, mx));
      }
      for (const auto& part : parts) {
        model::Cell cell{part, {"posttls-finger", ""}, policy};
        const auto address = cell.address(part->messages.front().recipients.front());
        std::string target = address.substr(address.rfind('@') + 1);
        if (part->relay)
          target = fmt::format("[{}]:{}", model::absolute(part->relay->host, cell.domain()),
                               model::port_of(part->relay->service));
        rows.push_back({std::move(cell), std::move(target)});
      }
    }
  return rows;
}

Findings finger_all(const model::ServerDescription& description,
                    const servers::Installed& installed, const std::filesystem::path& path) {
  fakes::tls::use_lean_provider();
  FingerLab lab;
  lab.table.add_zone("test", false);
  lab.table.add_zone("", true);
  const auto rows = finger_rows(path);
  lab.waiting.assign(rows.begin(), rows.end());
  servers::write_file(lab.folder / "ca.pem", lab.authority.trusted_pem());
  servers::write_file(lab.folder / "main.cf", "compatibility_level = 3.6\n");
  const servers::Surroundings surroundings(description, installed.root, lab.folder / "surroundings",
                                           lab.network, {});
  for (int i = 0; i < fingers_at_once; ++i)
    run::spawn(lab.io, lab.work());
  // Listening sockets and the DNS keep the context busy: what ends it is the last answer.
  while (lab.findings.size() < rows.size())
    lab.io.run_one();
  return lab.findings;
}

}  // namespace smtprig::tests
