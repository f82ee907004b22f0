# Every public name, and the room that it lives in; gradus/__init__.py reads this file.

from . import data as data
from . import equations as equations
from . import explanations as explanations
from . import figures as figures
from . import images as images
from . import language as language
from . import layers as layers
from . import models as models
from . import network as network
from . import notation as notation
from . import optimizers as optimizers
from . import recurrent as recurrent
from . import runs as runs
from . import search as search
from . import training as training
from . import worked as worked
from . import worksheets as worksheets

# Data sets and text
from .data import Dataset as Dataset
from .data import Examples as Examples
from .data import Preprocessing as Preprocessing
from .data import TargetScaling as TargetScaling
from .data import Text as Text
from .data import from_arrays as from_arrays
from .sources import load as load
from .tables import from_frame as from_frame
from .data import load_text as load_text

# Networks
from .network import Network as Network
from .network import backprop as backprop
from .network import trace as trace
from .notation import mlp as mlp
from .notation import parse as parse
from .training import build_network as build_network
from .language import text_network as text_network

# Layers
from .layers import Activation as Activation
from .layers import AutodiffLayer as AutodiffLayer
from .layers import BatchNorm as BatchNorm
from .layers import Chain as Chain
from .layers import Conv as Conv
from .layers import Dense as Dense
from .layers import Dropout as Dropout
from .layers import Embedding as Embedding
from .layers import Flatten as Flatten
from .layers import GlobalAveragePool as GlobalAveragePool
from .layers import Layer as Layer
from .layers import LayerNorm as LayerNorm
from .layers import NTKDense as NTKDense
from .layers import Pool as Pool
from .layers import Residual as Residual
from .layers import Scale as Scale
from .layers import Softmax as Softmax
from .recurrent import GRU as GRU
from .recurrent import LSTM as LSTM
from .recurrent import RNN as RNN
from .recurrent import Bidirectional as Bidirectional
from .recurrent import LastStep as LastStep

# Costs
from .equations import Cost as Cost
from .equations import CrossEntropy as CrossEntropy
from .equations import LogLikelihood as LogLikelihood
from .equations import Quadratic as Quadratic

# Training
from .runs import Trained as Trained
from .runs import fit as fit
from .runs import fit_steps as fit_steps
from .runs import train as train
from .training import Epoch as Epoch
from .training import Progress as Progress
from .training import Settings as Settings
from .training import load_checkpoint as load_checkpoint
from .training import make_trainer as make_trainer
from .training import save_checkpoint as save_checkpoint

# Language models
from .language import evaluate_text as evaluate_text
from .language import sample as sample

# Models and metrics
from .models import ClassificationEvaluation as ClassificationEvaluation
from .models import ClassificationMetrics as ClassificationMetrics
from .models import Evaluation as Evaluation
from .models import Model as Model
from .models import RegressionEvaluation as RegressionEvaluation
from .models import RegressionMetrics as RegressionMetrics
from .models import classification_metrics as classification_metrics
from .models import evaluate as evaluate
from .models import regression_metrics as regression_metrics

# The search for hyperparameters
from .search import SearchSettings as SearchSettings
from .search import run_search as run_search

# Figures
from .figures import FIGURES as FIGURES
from .figures import run_figure as run_figure

__version__: str
