// libcudnn: cuDNN's face for programs that know one library. Its functions are those of the libraries it needs.
#include "descriptors.h"
