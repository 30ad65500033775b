// The world of one lab: the DNS, the sink for reports, one server under test, and the cells that
// meet it. Results leave through `emit` as they come.
//
//   job -> cells -> [ CellRun per cell and twin ] -> classify, oracle, judge -> emit
//                       ^ server's log, DNS queries, reports at the sink, by domain
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>

#include "fakes/dns/signer.hpp"
#include "harness/judge/judge.hpp"
#include "harness/lab/network.hpp"
#include "harness/model/result.hpp"
#include "harness/model/server.hpp"
#include "harness/run/cell_run.hpp"
#include "harness/run/injector.hpp"
#include "harness/run/job.hpp"
#include "harness/run/sink.hpp"
#include "harness/servers/instance.hpp"
#include "harness/servers/resolver.hpp"

namespace smtprig::run {

struct WorldSettings {
  Job job;
  model::ServerDescription server;
  std::vector<model::Cell> cells;
  std::vector<model::KnownDeviation> known;
  std::vector<model::KnownDeviation> known_under_attack;  // explain, and are not expected
  std::filesystem::path directory;                        // scratch
};

class World {
 public:
  using Emit = std::function<void(boost::json::object frame)>;

  World(boost::asio::io_context& io, lab::Network& network, WorldSettings settings, Emit emit);
  ~World();

  // Everything, to the end; throws lab::LabError.
  boost::asio::awaitable<void> run();

 private:
  // A cell with the twins that were run for it.
  struct Family {
    std::shared_ptr<CellRun> base;
    std::vector<std::shared_ptr<CellRun>> twins;
    std::set<std::string> planned = {};  // ids of those of them that are cells of the plan
    bool told = false;                   // its result was emitted
  };

  Common common() {
    return {io_, network_, table_, authority_, trust_, contexts_, settings_.job.dns};
  }
  void start_fakes();
  boost::asio::awaitable<void> start_resolver();
  void add_domains(const model::Cell& cell, std::vector<servers::DomainPolicy>& domains);
  bool reports_tls(const model::Cell& cell) const;
  std::optional<servers::DomainPolicy::Relay> relay_of(const model::Cell& cell) const;
  boost::asio::awaitable<void> start_server();
  boost::asio::awaitable<void> run_all(std::vector<model::Cell> cells, unsigned round);
  boost::asio::awaitable<void> run_one(model::Cell cell, unsigned round);
  boost::asio::awaitable<void> play(model::Cell cell, unsigned round);
  // Whether a cell listens on IPv6 where there is but one such address.
  bool needs_only_v6(const model::Cell& cell) const;
  boost::asio::awaitable<void> follow(std::shared_ptr<CellRun> run);
  boost::asio::awaitable<void> follow_twin(std::shared_ptr<CellRun> run,
                                           std::shared_ptr<Signal> ended);
  void set_families_aside();
  // Those of the plan, and those that show whether the server authenticates its peer.
  std::vector<model::Cell> twins_for(const CellRun& base, unsigned round) const;
  std::vector<std::shared_ptr<CellRun>> add_twins(const std::vector<model::Cell>& cells,
                                                  unsigned round);
  boost::asio::awaitable<void> run_twins(std::vector<std::shared_ptr<CellRun>> twins);
  boost::asio::awaitable<void> confirm_alive();
  boost::asio::awaitable<void> watch();
  boost::asio::awaitable<void> remove_messages();

  std::shared_ptr<CellRun> add_run(const model::Cell& cell, unsigned round);
  CellRun* owner_of(std::string_view name) const;
  void on_line(const std::string& line, const std::vector<fakes::ServerFact>& facts);
  void on_query(const fakes::DnsQuery& query);
  void on_report();
  // The clock goes on when all cells that move it wait for that, to the day that is due first.
  boost::asio::awaitable<void> await_day(unsigned days);
  void turn_clock();
  static unsigned count_clock_cells(const std::vector<model::Cell>& cells);
  void server_died(model::ServerHealth health, const std::string& detail);

  model::CellResult judged(CellRun& base, const std::vector<std::shared_ptr<CellRun>>& twins);
  void emit_result(const model::CellResult& result);
  void emit_family(const Family& family);
  void emit_control(model::CellResult result);
  void emit_reopened();

  // Every run with those whose evidence it is judged by.
  void for_each_run(const std::function<void(CellRun& run, const Family* as_base)>& act) const;

  boost::asio::io_context& io_;
  lab::Network& network_;
  WorldSettings settings_;
  Emit emit_;

  fakes::tls::Authority authority_;
  fakes::tls::TrustStore trust_;  // where cells are inbound
  std::shared_ptr<fakes::tls::Contexts> contexts_ = std::make_shared<fakes::tls::Contexts>();
  fakes::dns::Table table_;
  std::unique_ptr<fakes::dns::Signer> signer_;  // where zones are signed, as resolver_
  std::unique_ptr<fakes::dns::Server> dns_;
  std::unique_ptr<servers::Resolver> resolver_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<servers::Instance> instance_;
  std::unique_ptr<Injector> injector_;
  Semaphore cells_at_once_;
  unsigned clock_cells_ = 0;              // that move it, and have not ended
  std::multiset<unsigned> awaited_days_;  // by those that wait
  unsigned day_ = 0;                      // how many the server's clock is ahead
  Signal day_turned_;
  Semaphore only_v6_address_;

  std::map<std::string, std::shared_ptr<CellRun>, std::less<>> by_domain_;
  std::map<std::string, CellRun*, std::less<>> by_queue_id_;
  std::map<std::string, CellRun*, std::less<>> by_client_;  // by address
  std::map<std::string, CellRun*, std::less<>> by_token_;
  std::vector<Family> families_;
  std::map<std::string, std::vector<model::Cell>>
      attacked_;                     // of the plan, by the honest cell's id
  std::set<std::string> in_flight_;  // ids of cells of the plan
  std::map<std::string, model::CellResult> control_results_;

  std::vector<std::string> to_remove_;
  Signal removal_;
  Signal progress_;
  Signal watcher_;
  Signal confirmed_;
  std::uint64_t confirmations_asked_ = 0;
  std::uint64_t confirmations_ = 0;
  Signal::Clock::time_point last_activity_{};
  bool dead_ = false;
  bool over_ = false;
  unsigned under_way_ = 0;  // coroutines of cells, to be awaited likewise
  unsigned helpers_ = 0;    // coroutines that run() must await: watch, remove_messages
};

// The body of a lab process: reads one job from the channel, runs it, writes frames.
int lab_body(int channel, lab::Mode mode);

}  // namespace smtprig::run
