// See world.hpp.
#include "harness/run/world.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "harness/model/attack.hpp"
#include "harness/model/record.hpp"
#include "harness/plan/plan.hpp"
#include "harness/run/spawn.hpp"

namespace smtprig::run {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;

constexpr std::chrono::seconds quiet_before_probe{1};
constexpr std::chrono::milliseconds between_probes{50};
constexpr std::chrono::seconds time_to_die{2};

bool is_control(const model::Cell& cell) {
  return cell.scenario->id.starts_with("control/") && cell.attacker == model::Attacker::none;
}

// Whether the DNS withholds an answer from it.
bool awaits_silence(const model::Cell& cell) {
  using enum fakes::DnsReply;
  return std::ranges::any_of(cell.scenario->dns_faults, [](const model::DnsFault& fault) {
    return fault.reply == none || fault.reply == wrong_id || fault.reply == garbage;
  });
}

}  // namespace

World::World(boost::asio::io_context& io, lab::Network& network, WorldSettings settings, Emit emit)
    : io_(io),
      network_(network),
      settings_(std::move(settings)),
      emit_(std::move(emit)),
      cells_at_once_(io,
                     std::max(settings_.server.cells_at_once, count_clock_cells(settings_.cells))),
      day_turned_(io),
      only_v6_address_(io, 1),
      removal_(io),
      progress_(io),
      watcher_(io),
      confirmed_(io) {}

World::~World() = default;

awaitable<void> World::run() {
  start_fakes();
  if (signer_) co_await start_resolver();
  clock_cells_ = count_clock_cells(settings_.cells);
  co_await start_server();
  set_families_aside();
  last_activity_ = Signal::Clock::now();
  helpers_ = 2;
  spawn(io_, watch());
  spawn(io_, remove_messages());

  std::vector<model::Cell> controls;
  std::ranges::copy_if(settings_.cells, std::back_inserter(controls), is_control);
  // Cells that must wait, for each other or for a server's time-out, start early, or the others
  // wait for them in the end.
  const auto waits = [this](const model::Cell& cell) {
    return needs_only_v6(cell) || awaits_silence(cell);
  };
  std::ranges::stable_partition(settings_.cells, waits);
  std::ranges::stable_partition(settings_.cells, is_control);
  co_await run_all(settings_.cells, 0);
  if (settings_.job.controls_last && !dead_) co_await run_all(controls, 1);

  over_ = true;
  removal_.raise();
  watcher_.raise();
  while (helpers_ > 0)
    co_await progress_.wait();
  co_await instance_->stop();
  if (resolver_) co_await resolver_->stop();
  // Cells that a dead server left behind end when their connections do, and write into their
  // families until then.
  while (under_way_ > 0)
    co_await progress_.wait();
  emit_reopened();
  for (const auto& [id, result] : control_results_)
    emit_result(result);
  families_.clear();
  by_domain_.clear();
  sink_.reset();
  dns_.reset();
}

void World::start_fakes() {
  const bool signs = settings_.job.dns == model::DnsMode::signed_zones;
  if (signs) signer_ = std::make_unique<fakes::dns::Signer>();
  table_.add_zone("test", signs);  // what is secure below it hangs on it
  table_.add_zone("", true);
  const auto server = network_.server();
  table_.add(fakes::dns::Record{std::string(model::server_hostname), server.is_v6() ? "AAAA" : "A",
                                server.to_string()});
  dns_ = std::make_unique<fakes::dns::Server>(
      io_,
      signs ? boost::asio::ip::udp::endpoint(network_.authority(), network_.authority_port())
            : boost::asio::ip::udp::endpoint(network_.dns(), network_.dns_port()),
      table_, [this](const fakes::DnsQuery& query) { on_query(query); }, fakes::dns::Limits(),
      signer_.get());

  sink_ = std::make_unique<Sink>(common(), [this] { on_report(); });
}

awaitable<void> World::start_resolver() {
  servers::ResolverSettings resolver;
  resolver.root = settings_.job.resolver_root;
  resolver.directory = settings_.directory.parent_path() / "resolver";
  resolver.listen = {network_.dns(), network_.dns_port()};
  resolver.authority = {network_.authority(), network_.authority_port()};
  resolver.trust_anchor = signer_->trust_anchor();
  resolver_ =
      std::make_unique<servers::Resolver>(io_, std::move(resolver), [](const std::string& detail) {
        throw lab::LabError("keep unbound running", detail);  // out of io_context::run()
      });
  co_await resolver_->start();
}

// The levels of the domains of a cell. Only who listens leaves the honest hosts' certificates to be
// seen; any other attack has the pins of the cell without it: what an impostor would have to show.
void World::add_domains(const model::Cell& cell, std::vector<servers::DomainPolicy>& domains) {
  auto names = recipient_domains(*cell.scenario);
  if (std::ranges::count(names, "@") == 0) names.emplace_back("@");
  const bool shown = cell.attacker == model::Attacker::passive;
  for (const auto& name : names) {
    const auto level = cell.level(name);
    const bool pinned = level == model::Policy::fingerprint;
    domains.push_back(
        {model::absolute(name, cell.domain()), level,
         pinned ? pins(shown ? cell : model::honest(cell), authority_) : std::vector<std::string>(),
         name == "@" ? relay_of(cell) : std::nullopt, name == "@" && reports_tls(cell)});
  }
}

// How the server is told to hand on the mail of a cell, where it goes to a relay.
std::optional<servers::DomainPolicy::Relay> World::relay_of(const model::Cell& cell) const {
  const auto& relay = cell.scenario->relay;
  if (!relay) return std::nullopt;
  servers::DomainPolicy::Relay told{model::absolute(relay->host, cell.domain()),
                                    network_.receiver_port(static_cast<unsigned>(relay->service)),
                                    relay->service, std::nullopt};
  if (relay->login == model::Login::none) return told;
  told.login.emplace();
  if (relay->login == model::Login::wrong_password) told.login->password = "not that one";
  return told;
}

awaitable<void> World::start_server() {
  servers::InstanceSettings instance;
  instance.description = settings_.server;
  instance.root = settings_.job.root;
  instance.configuration = settings_.job.configuration;
  instance.directory = settings_.directory;
  instance.trusted_pem = authority_.trusted_pem();
  for (const auto& cell : settings_.cells)
    issue_revoked(cell, authority_);
  instance.crl_pem = authority_.crl_pem();
  if (!settings_.job.mutant.empty()) instance.extra_arguments = {"--mutant", settings_.job.mutant};
  const auto is_inbound = [](const model::Cell& cell) {
    return cell.direction() == model::Direction::inbound;
  };
  // What requires TLS comes by TLS (RFC 8689 2).
  const auto comes_by_tls = [&](const model::Cell& cell) {
    return is_inbound(cell) || cell.scenario->speaks_of_tls();
  };
  instance.moves_clock = clock_cells_ > 0;
  if (std::ranges::any_of(settings_.cells, comes_by_tls))
    instance.identity_pem = fakes::tls::identity_pem(*authority_.issue(
        fakes::CertificateClass::good, {std::string(model::server_hostname), ""}));
  if (std::ranges::any_of(settings_.cells, is_inbound)) {
    instance.inbound = true;
    trust_ = fakes::tls::trust_store(authority_.trusted_pem());
  }
  std::set<std::string> known;  // a twin may be a cell of the plan
  for (const auto& base : settings_.cells) {
    auto cells = plan::twins(base);
    cells.push_back(base);
    for (const auto& cell : cells) {
      if (!known.insert(cell.id()).second) continue;
      // What is relayed goes to a sink; no policy stands in its way.
      if (is_inbound(cell))
        instance.domains.push_back({cell.domain(), model::Policy::may, {}});
      else
        add_domains(cell, instance.domains);
    }
  }
  for (const auto sink : {sink_domain, sink_domain_with_tls})
    instance.domains.push_back({std::string(sink), model::Policy::may, {}});

  instance_ = std::make_unique<servers::Instance>(
      io_, network_, std::move(instance),
      [this](const std::string& line, const std::vector<fakes::ServerFact>& facts) {
        on_line(line, facts);
      },
      [this](const std::string& detail) { server_died(model::ServerHealth::crashed, detail); });
  co_await instance_->start();
  injector_ = std::make_unique<Injector>(io_, instance_->smtp());
}

awaitable<void> World::run_all(std::vector<model::Cell> cells, unsigned round) {
  for (const auto& cell : cells) {
    co_await cells_at_once_.acquire();
    if (dead_) {
      cells_at_once_.release();
      break;
    }
    in_flight_.insert(cell.id());
    ++under_way_;
    spawn(io_, run_one(cell, round));
  }
  while (!in_flight_.empty() && !dead_)
    co_await progress_.wait();
  if (!dead_) co_return;

  // With one cell in flight the guilty one is known; with more the runner finds it by halving.
  if (in_flight_.size() == 1) {
    CellRun* last = nullptr;
    const Family* family = nullptr;
    for_each_run([&](CellRun& run, const Family* as_base) {
      if (!in_flight_.contains(run.cell().id())) return;
      last = &run;
      family = as_base;
    });
    if (last) emit_result(judged(*last, family ? family->twins : decltype(family->twins){}));
    in_flight_.clear();
  }
}

awaitable<void> World::run_one(model::Cell cell, unsigned round) {
  if (dead_)
    cells_at_once_.release();
  else
    co_await play(cell, round);
  --under_way_;
  progress_.raise();
}

awaitable<void> World::play(model::Cell cell, unsigned round) {
  auto base = add_run(cell, round);
  families_.push_back({.base = base});
  const auto place = families_.size() - 1;
  co_await follow(base);
  if (cell.scenario->moves_clock()) --clock_cells_;
  turn_clock();
  // What is left of it is a wait in which it asks nothing of the server, and its twins.
  cells_at_once_.release();
  if (!dead_) {
    auto runs = add_twins(twins_for(*base, round), round);
    auto& family = families_[place];
    family.twins = runs;
    if (const auto found = attacked_.find(cell.id()); round == 0 && found != attacked_.end())
      for (const auto& each : found->second)
        family.planned.insert(each.id());
    in_flight_.insert(family.planned.begin(), family.planned.end());
    co_await run_twins(std::move(runs));
  }
  co_await confirm_alive();
  if (!dead_) {
    auto& family = families_[place];
    emit_family(family);
    family.told = true;
    // Late mail shows on the honest cell's addresses; of all these together there would be too
    // many.
    for (const auto& twin : family.twins)
      twin->close_stage();
    in_flight_.erase(cell.id());
    for (const auto& id : family.planned)
      in_flight_.erase(id);
  }
}

bool World::needs_only_v6(const model::Cell& cell) const {
  return !network_.has_v6_pool() && std::ranges::any_of(cell.scenario->hosts, &model::Host::ipv6);
}

awaitable<void> World::follow(std::shared_ptr<CellRun> run) {
  const bool needs_lock = needs_only_v6(run->cell());
  if (needs_lock) co_await only_v6_address_.acquire();
  co_await run->run();
  if (needs_lock) {
    run->close_stage();
    only_v6_address_.release();
  }
}

std::shared_ptr<CellRun> World::add_run(const model::Cell& cell, unsigned round) {
  CellRun::Settings settings;
  settings.seed = settings_.job.seed;
  settings.round = round;
  settings.attempts = settings_.server.attempts;
  settings.tls_reports = reports_tls(cell);
  Wishes wishes;
  wishes.remove = [this](const std::string& queue_id) {
    to_remove_.push_back(queue_id);
    removal_.raise();
  };
  wishes.look_at_server = [this] {
    last_activity_ = {};
    watcher_.raise();
  };
  wishes.await_day = [this](unsigned days) { return await_day(days); };
  const auto self = std::make_shared<CellRun*>(nullptr);
  wishes.comes_from = [this, self](const std::string& address) { by_client_[address] = *self; };
  auto run = std::make_shared<CellRun>(common(), cell, settings, *injector_, std::move(wishes));
  *self = run.get();
  by_domain_[cell.domain()] = run;
  if (cell.attacker == model::Attacker::dns_spoof) by_domain_[model::attacker_domain(cell)] = run;
  for (const auto& message : run->messages())
    by_token_[message.token] = run.get();
  return run;
}

awaitable<void> World::remove_messages() {
  while (!over_ && !dead_) {
    if (to_remove_.empty()) {
      co_await removal_.wait();
      continue;
    }
    auto ids = std::exchange(to_remove_, {});
    co_await instance_->remove(std::move(ids));
  }
  --helpers_;
  progress_.raise();
}

// Ends when the server greeted a connection that was made after this call, or is dead: so a cell
// that took the listener away is still in flight when that is found.
awaitable<void> World::confirm_alive() {
  const auto ticket = ++confirmations_asked_;
  watcher_.raise();
  while (confirmations_ < ticket && !dead_)
    co_await confirmed_.wait();
}

// Probes for confirm_alive(), several cells at once; and a quiet server that still holds mail is
// asked to try its queue, and for its greeting.
awaitable<void> World::watch() {
  auto next_probe = Signal::Clock::now();
  while (!over_ && !dead_) {
    const auto now = Signal::Clock::now();
    const bool asked = confirmations_asked_ > confirmations_;
    const auto due = asked ? next_probe : last_activity_ + quiet_before_probe;
    if (now < due) {
      co_await watcher_.wait(due);
      continue;
    }
    const auto covered = confirmations_asked_;
    if (!asked) co_await instance_->flush();
    const auto health = co_await instance_->probe();
    next_probe = last_activity_ = Signal::Clock::now();
    next_probe += between_probes;
    if (health != model::ServerHealth::alive) {
      // A process that is on its way out may take a moment to be gone; that says more than silence.
      const auto patience = Signal::Clock::now() + time_to_die;
      while (!dead_ && Signal::Clock::now() < patience)
        co_await watcher_.wait(patience);
      server_died(health, "did not greet a connection");
    } else {
      confirmations_ = covered;
      confirmed_.raise();
    }
  }
  --helpers_;
  progress_.raise();
}

void World::server_died(model::ServerHealth health, const std::string& detail) {
  if (dead_ || over_) return;
  dead_ = true;
  const std::string state(name(health));
  json::array ids;
  for (const auto& id : in_flight_)
    ids.push_back(json::string(id));
  for_each_run([&](CellRun& run, const Family*) {
    if (in_flight_.contains(run.cell().id())) run.note(fakes::ServerState{state, detail});
  });
  if (in_flight_.size() != 1)
    emit_({{"died", {{"state", state}, {"detail", model::escape(detail)}, {"in_flight", ids}}}});
  for (const auto& [domain, run] : by_domain_)
    run->abandon();
  removal_.raise();
  watcher_.raise();
  confirmed_.raise();
  day_turned_.raise();
  progress_.raise();
}

}  // namespace smtprig::run
