// An extension with another copy of libc++: exceptions and types pass between the two.
#include <Python.h>

#include <filesystem>
#include <future>
#include <iostream>
#include <sstream>
#include <thread>
#include <typeinfo>

#include "shared.h"

static int destroyed;
struct Counted {
    bool used = false;
    ~Counted() { destroyed += used; }
};
static thread_local Counted counted;

static std::string caught(int kind)
{
    try {
        throw_here(kind);
    } catch (const OwnError &error) {
        return error.what();
    } catch (const std::exception &error) {
        return error.what();
    } catch (const std::string &error) {
        return error;
    } catch (...) {
        return "lost";
    }
    return "nothing";
}

static PyObject *run(PyObject *, PyObject *)
{
    std::ostringstream out;
    out << caught(0) << ' ' << caught(1) << ' ' << caught(2) << ' ';
    out << catch_here([] { throw std::logic_error("passed"); }) << ' ';
    Base *base = make_here();
    out << (dynamic_cast<Derived *>(base) != nullptr) << (typeid(*base) == typeid(Derived)) << ' ';
    std::thread([] { counted.used = true; }).join();
    out << destroyed << std::async(std::launch::async, [] { return 42; }).get() << ' ';
    out << std::filesystem::exists("/dev/null");
    std::cout << "printed" << std::endl;
    return PyUnicode_FromString(out.str().c_str());
}

static PyMethodDef methods[] = {{"run", run, METH_NOARGS, nullptr}, {nullptr, nullptr, 0, nullptr}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "cxx", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

PyMODINIT_FUNC PyInit_cxx()
{
    return PyModule_Create(&definition);
}
