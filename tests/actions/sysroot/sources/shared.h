#include <functional>
#include <stdexcept>
#include <string>

struct OwnError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct Base {
    virtual ~Base() {}
};
struct Derived : Base {};

void throw_here(int kind);
std::string catch_here(std::function<void()> thrower);
Base *make_here();
