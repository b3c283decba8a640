/* An extension with functions of libc, libm and libpthread, whose versions differ between releases of glibc. */
#include <Python.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <unistd.h>

static PyObject *run(PyObject *module, PyObject *argument)
{
    double x = PyFloat_AsDouble(argument);
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    int file = open("/dev/null", O_RDONLY);
    fcntl(file, F_GETFD);
    close(file);
    /* A division that is a function of compiler-rt. */
    unsigned __int128 wide = ((unsigned __int128)(x * 1000) << 70) / (unsigned __int128)(x * 3);
    return PyFloat_FromDouble(pow(x, x) + (double)(unsigned long long)(wide >> 70));
}

static PyMethodDef methods[] = {{"run", run, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "plain", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_plain(void)
{
    return PyModule_Create(&definition);
}
