#include "compute.h"

#include <ATen/Parallel.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace nx {
namespace {

// A call that waits for the compute thread. Lives on the caller's stack.
struct Task {
  void (*body)(void*);
  void* context;
  int threads;
  std::exception_ptr failure;
  bool done = false;
  Task* next = nullptr;
};

class ComputeThread {
 public:
  ComputeThread() { std::thread(&ComputeThread::serve, this).detach(); }

  void run(Task& task) {
    std::unique_lock<std::mutex> lock(mutex_);
    (last_ == nullptr ? first_ : last_->next) = &task;
    last_ = &task;
    arrived_.notify_one();
    finished_.wait(lock, [&] { return task.done; });
  }

 private:
  [[noreturn]] void serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      arrived_.wait(lock, [&] { return first_ != nullptr; });
      Task& task = *first_;
      first_ = task.next;
      if (first_ == nullptr) last_ = nullptr;
      lock.unlock();
      try {
        set_intra_op_threads(task.threads);
        task.body(task.context);
      } catch (...) {
        task.failure = std::current_exception();
      }
      lock.lock();
      task.done = true;
      finished_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable finished_;
  Task* first_ = nullptr;
  Task* last_ = nullptr;
};

}  // namespace

void set_intra_op_threads(int threads) {
  // Asking also makes libtorch set a new thread's number from the process-wide one, which it would
  // otherwise do at the thread's first operator and so undo what is set here.
  if (at::get_num_threads() != threads) at::set_num_threads(threads);
}

void run_on_compute_thread(int threads, void (*body)(void*), void* context) {
  // Never destroyed: the thread serves until the process ends, and static destructors must not pull
  // its mutex away.
  static auto* const thread = new ComputeThread();
  Task task{body, context, threads, nullptr};
  thread->run(task);
  if (task.failure) std::rethrow_exception(task.failure);
}

}  // namespace nx
